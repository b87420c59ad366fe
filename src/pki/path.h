/* The path from a certificate upward through a pool (RFC 5280 section 6). */
#ifndef PKI_PATH_H
#define PKI_PATH_H

#include "pki/ossl.h"

/* Longer ones are not found whole. */
#define PATH_MOST 32

/* Places in a pool, the leaf's issuer first, the root included. */
struct path {
	size_t places[PATH_MOST];
	size_t length;
};

/*
 * From `leaf` upward through the `count` certificates of `pool`: each the
 * issuer of the one before by name, key identifier and signature. Among
 * several the path is chosen that ends in a self-signed certificate, has no
 * expired member at `now`, and is short, in this order of weight.
 */
void path_find(X509 *leaf, X509 *const *pool, size_t count, int64_t now,
    struct path *path);

/* Did `issuer` issue `x509`, by name, key identifier and signature? */
bool path_is_issued(X509 *x509, X509 *issuer);

/* Is it its own issuer? */
bool path_is_root(X509 *x509);

/* Is `now` within its validity? */
bool path_is_valid(const X509 *x509, int64_t now);

/* Seconds since 1970 of an ASN.1 time; INT64_MIN when it is none. */
int64_t path_seconds(const ASN1_TIME *time);

#endif
