/* Facts about one certificate, and about two (RFC 5280). */
#ifndef PKI_CERT_H
#define PKI_CERT_H

#include "pki/ossl.h"

/* Seconds since 1970 of an ASN.1 time; INT64_MIN if it is none. */
int64_t cert_seconds(const ASN1_TIME *time);

/* Is `now` within its validity (section 4.1.2.5)? */
bool cert_is_valid(const X509 *x509, int64_t now);

/* Do both have the same subject and public key, as a cross-signed CA has? */
bool cert_is_same_ca(X509 *one, X509 *other);

/* Whether `issuer` signed `x509`. */
enum cert_signed {
	CERT_NOT_SIGNED,
	CERT_SIGNED,
	/* The signature cannot be checked, for the reason ossl_reason gives. */
	CERT_UNCHECKED,
};

/* By the signature alone. */
enum cert_signed cert_signed_by(X509 *x509, X509 *issuer);

/* Could `issuer` have issued `x509`, by name and key identifier? It may lack
 * the right to sign: that is for the verifier to say. `*malformed` (or NULL):
 * an extension of the issuer cannot be read. */
bool cert_may_be_issued(X509 *x509, X509 *issuer, bool *malformed);

/* Did `issuer` issue `x509`, by name, key identifier and signature? */
bool cert_is_issued(X509 *x509, X509 *issuer);

/* Is it its own issuer? */
bool cert_is_root(X509 *x509);

#endif
