/* Where a certificate says its issuer is (RFC 5280 section 4.2.2.1:
 * caIssuers). */
#ifndef PKI_AIA_H
#define PKI_AIA_H

#include "base/buf.h"
#include "pki/ossl.h"

/* Addresses of one certificate, and the bytes of one. */
#define AIA_MOST 8
#define AIA_LENGTH 512

/*
 * Put the http and https addresses of `x509` into the empty `urls`, a line
 * each, in the certificate's order. Others, those with anything but visible
 * ASCII, longer ones and those beyond AIA_MOST are skipped. Empty after a
 * failure: FAIL_INTERNAL.
 */
bool aia_list(X509 *x509, struct buf *urls, struct fail *fail) MUST_CHECK;

#endif
