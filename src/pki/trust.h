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

/*
 * For the verifier alone: it finds anchors, and nothing else that is there. An
 * intermediate that clients do not have must not make up for one that is not
 * sent, nor stand in the way of one that is. Anchors are self-signed; in a
 * named file, others are as well, unless their root is in the file.
 */
X509_STORE *trust_store(const struct trust *trust);

/* Did the user name them? */
bool trust_is_named(const struct trust *trust);

#endif
