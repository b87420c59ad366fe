/* The extensions of a leaf (RFC 5280 section 4.2), as strictly as the load
 * balancer reads them. Pure. */
#ifndef PKI_EXTENSIONS_H
#define PKI_EXTENSIONS_H

#include "pki/ossl.h"

/*
 * The load balancer decodes every extension, as DER (X.690), before it takes a
 * certificate. OpenSSL decodes those it needs, and as BER. FAIL_INPUT: one that
 * is there twice, cannot be decoded, is no DER, or says what it must not; the
 * caller says of which file.
 */
bool extensions_check(X509 *leaf, struct fail *fail) MUST_CHECK;

#endif
