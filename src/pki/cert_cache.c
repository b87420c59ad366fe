#include "pki/cert_cache.h"

#include <openssl/err.h>
#include <string.h>

X509 *
cert_cache_find(
    const struct cert_cache *cache, const unsigned char *der, size_t len)
{
	for (size_t i = 0; i < cache->count; i++) {
		const struct buf *known = &cache->items[i].der;

		if (known->len == len && memcmp(known->data, der, len) == 0 &&
		    X509_up_ref(cache->items[i].x509) == 1)
			return cache->items[i].x509;
	}
	return NULL;
}

void
cert_cache_add(struct cert_cache *cache, X509 *x509)
{
	unsigned char *der = NULL;
	int len = i2d_X509(x509, &der);
	CLEANUP(ossl_cert_free) X509 *known = NULL;
	struct fail none;

	if (len > 0)
		known = cert_cache_find(cache, der, (size_t)len);
	if (len > 0 && known == NULL && cache->count < CERT_CACHE_SIZE &&
	    buf_append(
		&cache->items[cache->count].der, der, (size_t)len, &none) &&
	    X509_up_ref(x509) == 1)
		cache->items[cache->count++].x509 = x509;
	OPENSSL_free(der);
	ERR_clear_error();
}

void
cert_cache_clear(struct cert_cache *cache)
{
	for (size_t i = 0; i < CERT_CACHE_SIZE; i++) {
		X509_free(cache->items[i].x509);
		buf_clear(&cache->items[i].der);
	}
	*cache = (struct cert_cache){0};
}
