/* Files as people have them -> one private key and the certificates found. */
#ifndef PKI_CRED_H
#define PKI_CRED_H

#include "base/buf.h"
#include "pki/cert_cache.h"
#include "pki/pair.h"

/* Far above any chain; each costs memory before it can be judged. */
#define CRED_MAX_CERTS 2000
#define CRED_MAX_KEYS 64

/* The most bytes of one file. */
#define CRED_MAX_FILE ((size_t)4 << 20)

/* Where the key and the certificates are. `key` or `cert` may be NULL: both
 * are in the other then. "-" is standard input, once. */
struct cred_source {
	const char *key;
	const char *cert;
	const char *const *chain;
	size_t chain_count;

	/*
	 * Ask for the passphrase of `file` into the empty `passphrase`;
	 * called at most once for each encrypted key or PKCS#12.
	 */
	bool (*passphrase)(void *data, const char *file, struct buf *passphrase,
	    struct fail *fail);
	void *data;

	/* Certificates of others to share; NULL: none. */
	const struct cert_cache *cache;
};

/* `certs` in the order of reading: cert, key file, then chain. */
struct cred {
	EVP_PKEY *key;         /* the one that is meant (pair_choose) */
	const char *key_file;  /* where it was found */
	const char *cert_file; /* where the leaf should be */
	struct cred_cert *certs;
	size_t count, cap;
	struct cred_key *keys; /* all that were found, each once */
	size_t key_count, key_cap;
	bool is_cut; /* after a failure: a file ends within a block, or is
			empty, as while it is being written */
};

/*
 * Read everything. Files may be PEM (keys PKCS#8, PKCS#1, SEC1, encrypted or
 * not; CERTIFICATE, X509 CERTIFICATE, TRUSTED CERTIFICATE; PKCS7, CMS), or DER
 * (certificates, keys, PKCS#7, PKCS#12, one after the other). A file that
 * holds a key, wanted or not, must not be open to others (file_too_open).
 * FAIL_INPUT names file and block; a damaged block is an error, never a
 * shorter chain; so are several keys that pair_choose cannot choose among.
 */
bool cred_load(const struct cred_source *source, struct cred *cred,
    struct fail *fail) MUST_CHECK;
void cred_clear(struct cred *cred);

/* What to take from a file. */
enum cred_take {
	CRED_KEY = 1,
	CRED_CERTS = 2,
};

/*
 * Read the bytes of one more file into `cred`, taking what the bits of
 * `take` (enum cred_take) say; nothing encrypted, and with CRED_CERTS alone no
 * PKCS#12: the bytes may come from anybody. `file` is what messages
 * call it, and must stay. FAIL_INPUT.
 */
bool cred_add(struct cred *cred, const char *file, unsigned take,
    const struct buf *bytes, struct fail *fail) MUST_CHECK;

#endif
