/* Extensions (RFC 5280 section 4.2), as strictly as the load balancer reads
 * them. Pure. */
#ifndef PKI_EXTENSIONS_H
#define PKI_EXTENSIONS_H

#include "pki/ossl.h"

/* Of a leaf or an issuer: is the criticality of each extension written as DER?
 * FAIL_INPUT; the caller says of which certificate. */
bool extensions_check_marks(X509 *x509, struct fail *fail) MUST_CHECK;

/*
 * The load balancer decodes every extension of a leaf, as DER (X.690). OpenSSL
 * decodes those it needs, and as BER. FAIL_INPUT: one that is there twice,
 * cannot be decoded, is no DER, or says what it must not; the caller says of
 * which file.
 */
bool extensions_check(X509 *leaf, struct fail *fail) MUST_CHECK;

#endif
