/* Of several keys and certificates, the key that is meant. Pure. */
#ifndef PKI_PAIR_H
#define PKI_PAIR_H

#include "pki/ossl.h"

struct cred_key {
	EVP_PKEY *key;
	const char *file; /* where it was found */
};

struct cred_cert {
	X509 *x509;
	const char *file; /* of cred_source */
	unsigned number;  /* among the file's certificates, from 1 */
};

/* `keys` are different ones. */
struct pair_found {
	const struct cred_key *keys;
	const struct cred_cert *certs;
	size_t key_count, cert_count;
	const char *cert_file; /* where the leaf should be: `file` of its
				  certificates, the same pointer */
};

/*
 * `*place` is that of the key that belongs to a certificate: of the server in
 * cert_file, else of a server elsewhere, else of a CA. If no key does, it is
 * the first. FAIL_INPUT: two keys have the same claim.
 */
bool pair_choose(const struct pair_found *found, size_t *place,
    struct fail *fail) MUST_CHECK;

#endif
