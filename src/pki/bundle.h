/* A PEM file of trust anchors, of which only those are decoded that a
 * verification asks for: a system's has 140, and a chain needs one. */
#ifndef PKI_BUNDLE_H
#define PKI_BUNDLE_H

#include "base/buf.h"
#include "pki/ossl.h"

struct bundle;

/*
 * Read the certificates of `file`, and let `store` find them by subject. The
 * bundle must stay until the store is freed. NULL: FAIL_INPUT for a file that
 * cannot be read, that is damaged or that holds no certificate; FAIL_INTERNAL.
 */
struct bundle *bundle_open(
    const char *file, X509_STORE *store, struct fail *fail) MUST_CHECK;
void bundle_close(struct bundle **bundle);

#endif
