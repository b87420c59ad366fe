#include "bundle.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>

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

/* --- building ------------------------------------------------------------- */

/* All blocks of a PEM text, which must be certificates; NULL if one is not. */
static STACK_OF(X509) * certs_of(const char *pem)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	STACK_OF(X509) *certs = sk_X509_new_null();
	char *name, *header;
	unsigned char *der;
	bool good = true;
	long len;

	while (good && PEM_read_bio(bio, &name, &header, &der, &len) == 1) {
		const unsigned char *at = der;
		X509 *x509 = strcmp(name, PEM_STRING_X509) == 0
				 ? d2i_X509(NULL, &at, len)
				 : NULL;

		good = x509 != NULL && sk_X509_push(certs, x509) > 0;
		OPENSSL_free(name);
		OPENSSL_free(header);
		OPENSSL_free(der);
	}
	/* It must have ended, not broken off. */
	if (good)
		good = ERR_GET_REASON(ERR_peek_last_error()) ==
		       PEM_R_NO_START_LINE;
	BIO_free(bio);
	ERR_clear_error();
	if (good)
		return certs;
	sk_X509_pop_free(certs, X509_free);
	return NULL;
}

/* A key that needs a passphrase is none. */
static int
no_passphrase(char *buf, int size, int writing, void *data)
{
	(void)buf, (void)size, (void)writing, (void)data;
	return -1;
}

static EVP_PKEY *
key_of(const char *pem)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);

	BIO_free(bio);
	ERR_clear_error();
	return key;
}

static const char *
encode(EVP_PKEY *key, STACK_OF(X509) * leaf, STACK_OF(X509) * chain,
    struct buf *der)
{
	PKCS12 *p12 = PKCS12_create("", NULL, key, sk_X509_value(leaf, 0),
	    chain, 0, 0, PKCS12_DEFAULT_ITER, 1, 0);
	unsigned char *bytes = NULL;
	int len = p12 == NULL ? -1 : i2d_PKCS12(p12, &bytes);
	struct fail fail;
	bool good = len > 0 && buf_append(der, bytes, (size_t)len, &fail);

	OPENSSL_clear_free(bytes, len > 0 ? (size_t)len : 0);
	PKCS12_free(p12);
	ERR_clear_error();
	return good ? NULL : "The key does not belong to the certificate.";
}

const char *
bundle_build(const char *certificate, const char *key, const char *chain,
    struct buf *der, const char **field)
{
	STACK_OF(X509) *leaf = certs_of(certificate),
		       *issuers = certs_of(chain);
	EVP_PKEY *own = key_of(key);
	const char *problem;

	if (sk_X509_num(leaf) != 1) {
		*field = "certificate";
		problem = "Not one PEM certificate.";
	} else if (sk_X509_num(issuers) < 1) {
		*field = "certificate_chain";
		problem = "Not PEM certificates.";
	} else {
		*field = "private_key";
		problem = own == NULL ? "Not an unencrypted PEM key."
				      : encode(own, leaf, issuers, der);
	}
	EVP_PKEY_free(own);
	sk_X509_pop_free(leaf, X509_free);
	sk_X509_pop_free(issuers, X509_free);
	return problem;
}
