#include "pki/shelf.h"

#include <openssl/err.h>
#include <string.h>

X509 *
shelf_find(const struct shelf *shelf, const unsigned char *der, size_t len)
{
	for (size_t i = 0; i < shelf->count; i++) {
		const struct buf *known = &shelf->items[i].der;

		if (known->len == len && memcmp(known->data, der, len) == 0 &&
		    X509_up_ref(shelf->items[i].x509) == 1)
			return shelf->items[i].x509;
	}
	return NULL;
}

void
shelf_add(struct shelf *shelf, X509 *x509)
{
	unsigned char *der = NULL;
	int len = i2d_X509(x509, &der);
	CLEANUP(ossl_cert_free) X509 *known = NULL;
	struct fail none;

	if (len > 0)
		known = shelf_find(shelf, der, (size_t)len);
	if (len > 0 && known == NULL && shelf->count < SHELF_SIZE &&
	    buf_append(
		&shelf->items[shelf->count].der, der, (size_t)len, &none) &&
	    X509_up_ref(x509) == 1)
		shelf->items[shelf->count++].x509 = x509;
	OPENSSL_free(der);
	ERR_clear_error();
}

void
shelf_clear(struct shelf *shelf)
{
	for (size_t i = 0; i < SHELF_SIZE; i++) {
		X509_free(shelf->items[i].x509);
		buf_clear(&shelf->items[i].der);
	}
	*shelf = (struct shelf){0};
}
