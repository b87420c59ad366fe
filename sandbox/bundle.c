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

/* What is in a bundle. */
struct parts {
	EVP_PKEY *key;
	X509 *leaf;
	STACK_OF(X509) * others;
};

/* NULL, or the problem; some parts may be there all the same. */
static const char *
open_bundle(const struct buf *der, struct parts *parts)
{
	const unsigned char *at = der->data;
	PKCS12 *p12 = d2i_PKCS12(NULL, &at, (long)der->len);
	bool good;

	*parts = (struct parts){0};
	good = p12 != NULL && PKCS12_parse(p12, "", &parts->key, &parts->leaf,
				  &parts->others) == 1;
	PKCS12_free(p12);
	ERR_clear_error();
	return good ? problem_of(parts->key, parts->leaf)
		    : "is no PKCS#12 with an empty password";
}

static void
parts_clear(struct parts *parts)
{
	EVP_PKEY_free(parts->key);
	X509_free(parts->leaf);
	sk_X509_pop_free(parts->others, X509_free);
}

cJSON *
bundle_describe(const struct buf *der)
{
	CLEANUP(parts_clear) struct parts parts;
	const char *problem = open_bundle(der, &parts);
	cJSON *json = cJSON_CreateObject();
	char text[32];

	if (parts.key != NULL) {
		snprintf(text, sizeof(text), "%s-%d",
		    EVP_PKEY_get0_type_name(parts.key),
		    EVP_PKEY_get_bits(parts.key));
		cJSON_AddStringToObject(json, "key", text);
	}
	add_certs(json, parts.leaf, parts.others);
	if (problem == NULL)
		cJSON_AddNullToObject(json, "problem");
	else
		cJSON_AddStringToObject(json, "problem", problem);
	return json;
}

const char *
bundle_pem(const struct buf *der, struct buf *pem)
{
	CLEANUP(parts_clear) struct parts parts;
	const char *problem = open_bundle(der, &parts);
	BIO *bio = BIO_new(BIO_s_mem());
	struct fail fail;
	bool good;
	char *text;
	long len;

	good = problem == NULL && PEM_write_bio_X509(bio, parts.leaf) == 1 &&
	       PEM_write_bio_PrivateKey_traditional(
		   bio, parts.key, NULL, NULL, 0, NULL, NULL) == 1;
	for (int i = 0; good && i < sk_X509_num(parts.others); i++)
		good = PEM_write_bio_X509(
			   bio, sk_X509_value(parts.others, i)) == 1;
	len = BIO_get_mem_data(bio, &text);
	good = good && buf_append(pem, text, (size_t)len, &fail);
	BIO_free(bio);
	ERR_clear_error();
	return problem != NULL ? problem : good ? NULL : "cannot be written";
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
