#include "bundle.h"

#include <openssl/err.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>
#include <stdio.h>

static void
fingerprint(const X509 *x509, char text[65])
{
	unsigned char digest[32] = {0};

	(void)X509_digest(x509, EVP_sha256(), digest, NULL);
	for (size_t i = 0; i < sizeof(digest); i++)
		snprintf(text + 2 * i, 3, "%02x", digest[i]);
}

/* RSA and EC only: others cannot be written as the balancer writes keys. */
static const char *
problem_of(EVP_PKEY *key, const X509 *leaf)
{
	if (key == NULL)
		return "no private key";
	if (leaf == NULL)
		return "no certificate";
	if (X509_check_private_key(leaf, key) != 1)
		return "the key does not belong to the certificate";
	if (!EVP_PKEY_is_a(key, "RSA") && !EVP_PKEY_is_a(key, "EC"))
		return "unsupported key type";
	return NULL;
}

static void
add_certs(cJSON *json, const X509 *leaf, const STACK_OF(X509) * others)
{
	cJSON *list;
	char text[65];

	if (leaf != NULL) {
		fingerprint(leaf, text);
		cJSON_AddStringToObject(json, "leaf", text);
	}
	list = cJSON_AddArrayToObject(json, "chain");
	for (int i = 0; i < sk_X509_num(others); i++) {
		fingerprint(sk_X509_value(others, i), text);
		cJSON_AddItemToArray(list, cJSON_CreateString(text));
	}
}

cJSON *
bundle_describe(const struct buf *der)
{
	const unsigned char *at = der->data;
	cJSON *json = cJSON_CreateObject();
	STACK_OF(X509) *others = NULL;
	EVP_PKEY *key = NULL;
	X509 *leaf = NULL;
	const char *problem = "is no PKCS#12 with an empty password";
	PKCS12 *p12 = d2i_PKCS12(NULL, &at, (long)der->len);
	char text[32];

	if (p12 != NULL && PKCS12_parse(p12, "", &key, &leaf, &others) == 1)
		problem = problem_of(key, leaf);
	if (key != NULL) {
		snprintf(text, sizeof(text), "%s-%d",
		    EVP_PKEY_get0_type_name(key), EVP_PKEY_get_bits(key));
		cJSON_AddStringToObject(json, "key", text);
	}
	add_certs(json, leaf, others);
	if (problem == NULL)
		cJSON_AddNullToObject(json, "problem");
	else
		cJSON_AddStringToObject(json, "problem", problem);
	EVP_PKEY_free(key);
	X509_free(leaf);
	sk_X509_pop_free(others, X509_free);
	PKCS12_free(p12);
	ERR_clear_error();
	return json;
}

const char *
bundle_problem(const cJSON *description)
{
	return cJSON_GetStringValue(
	    cJSON_GetObjectItemCaseSensitive(description, "problem"));
}
