/* Certificates that many chains share: each is kept, and decoded, once. */
#ifndef PKI_SHELF_H
#define PKI_SHELF_H

#include "base/buf.h"
#include "pki/ossl.h"

/* More issuers than the certificates of one host have; further ones are not
 * shared. */
#define SHELF_SIZE 32

struct shelf {
	struct {
		X509 *x509;
		struct buf der;
	} items[SHELF_SIZE];
	size_t count;
};

/* The certificate of these bytes, a reference of the caller's own, or NULL. */
X509 *shelf_find(
    const struct shelf *shelf, const unsigned char *der, size_t len) MUST_CHECK;

/* Keep `x509` for those that come, if there is room. */
void shelf_add(struct shelf *shelf, X509 *x509);

void shelf_clear(struct shelf *shelf);

#endif
