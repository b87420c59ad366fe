/* The certificates of the files, each once, in an order that does not depend
 * on the files: that of their SHA-256 fingerprints. */
#ifndef PKI_POOL_H
#define PKI_POOL_H

#include "pki/cred.h"

#define POOL_HASH_SIZE 32

struct pool_cert {
	X509 *x509;
	const struct cred_cert *from; /* where it was read first */
	unsigned char hash[POOL_HASH_SIZE];
};

/* `places[i]` is the place in `items` of certificate i of the cred. */
struct pool {
	struct pool_cert *items;
	size_t *places;
	size_t count;
};

/* The pool refers to `cred`, which must stay. FAIL_INTERNAL. */
bool pool_fill(
    const struct cred *cred, struct pool *pool, struct fail *fail) MUST_CHECK;
void pool_clear(struct pool *pool);

#endif
