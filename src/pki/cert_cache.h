/* Certificates that many chains share: each is kept, and decoded, once. */
#ifndef PKI_CERT_CACHE_H
#define PKI_CERT_CACHE_H

#include "base/buf.h"
#include "pki/ossl.h"

/* More issuers than the certificates of one host have; further ones are not
 * shared. */
#define CERT_CACHE_SIZE 32

struct cert_cache {
	struct {
		X509 *x509;
		struct buf der;
	} items[CERT_CACHE_SIZE];
	size_t count;
};

/* The certificate of these bytes, a reference of the caller's own, or NULL. */
X509 *cert_cache_find(const struct cert_cache *cache, const unsigned char *der,
    size_t len) MUST_CHECK;

/* Keep `x509` for those that come, if there is room. */
void cert_cache_add(struct cert_cache *cache, X509 *x509);

void cert_cache_clear(struct cert_cache *cache);

#endif
