/* OpenSSL's types with scope, and its error queue as text. */
#ifndef PKI_OSSL_H
#define PKI_OSSL_H

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pkcs12.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/fail.h"

/* For CLEANUP: free and set to NULL. */
void ossl_bio_free(BIO **bio);
void ossl_key_free(EVP_PKEY **key);
void ossl_cert_free(X509 **cert);
void ossl_certs_free(STACK_OF(X509) * *certs); /* and the certificates */
void ossl_stack_free(STACK_OF(X509) * *certs); /* the stack alone */
void ossl_p12_free(PKCS12 **p12);
void ossl_p7_free(PKCS7 **p7);
void ossl_aia_free(AUTHORITY_INFO_ACCESS **aia);
void ossl_names_free(GENERAL_NAMES **names);

/* The reason of OpenSSL's last error, "unknown reason" if there is none;
 * empties the queue. No key material is ever in it. */
const char *ossl_reason(void);

/* Can its answers be believed? Else fail_memory, in place of what `fail` says
 * (mem_failed). To be asked after the work, whether that failed or not. */
bool ossl_had_memory(struct fail *fail) MUST_CHECK;

/* fail_set with FAIL_INTERNAL: "OpenSSL: <doing>: <reason>". */
bool ossl_failed(struct fail *fail, const char *doing);

#endif
