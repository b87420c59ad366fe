/* Trust anchors (RFC 5280 section 6.1.1): those of the system, or of a file
 * for a private CA. */
#ifndef PKI_TRUST_H
#define PKI_TRUST_H

#include "pki/ossl.h"

struct trust;

/*
 * Open the anchors in the PEM file `bundle`, or with NULL the system's: what
 * SSL_CERT_FILE names, else the directory of hashed names (SSL_CERT_DIR or
 * OpenSSL's), read as needed, else OpenSSL's default file. NULL with
 * fail->code FAIL_NONE when the system has none; FAIL_INPUT for an unusable
 * file.
 */
struct trust *trust_open(const char *bundle, struct fail *fail) MUST_CHECK;
void trust_close(struct trust **trust);

/* For the verifier alone. */
X509_STORE *trust_store(const struct trust *trust);

/* Did the user name them? Then a certificate among them that is not
 * self-signed is an anchor as well. */
bool trust_is_named(const struct trust *trust);

#endif
