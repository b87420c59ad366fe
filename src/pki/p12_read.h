/* A PKCS#12 file (RFC 7292) of anybody -> its keys and certificates. */
#ifndef PKI_P12_READ_H
#define PKI_P12_READ_H

#include "pki/unseal.h"

/* More bags are no bundle of a server. */
#define P12_MOST_BAGS 3000

/* `keys` and `certs` are owned; the caller frees them. */
struct p12_found {
	STACK_OF(X509) * certs;
	EVP_PKEY **keys;
	size_t key_count, key_cap;
};

/*
 * Read all keys and certificates. The empty passphrase is tried first, in both
 * its forms; then one is asked for, once. FAIL_INPUT: a wrong passphrase,
 * damage, too much work or too many bags, a MAC or cipher that OpenSSL does not
 * have.
 */
bool p12_read(PKCS12 *p12, struct unseal *unseal, struct p12_found *found,
    struct fail *fail) MUST_CHECK;
void p12_found_clear(struct p12_found *found);

#endif
