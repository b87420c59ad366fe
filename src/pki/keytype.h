/* Which private keys the load balancer can use. */
#ifndef PKI_KEYTYPE_H
#define PKI_KEYTYPE_H

#include "pki/ossl.h"

/* Type and size as shown ("RSA 2048", "EC P-256") and as the API wants
 * `algorithm` ("RSA", "EC"). */
struct keytype {
	char shown[32];
	const char *algorithm;
	int bits;
};

void keytype_describe(const EVP_PKEY *key, struct keytype *type);

/*
 * Can the load balancer's stack (Python cryptography, then HAProxy) use this
 * key, and its clients connect? FAIL_INPUT says which keys it takes.
 */
bool keytype_check(const EVP_PKEY *key, struct fail *fail) MUST_CHECK;

#endif
