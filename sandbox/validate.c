#include "validate.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "bundle.h"

/* Measured on the store behind such APIs. */
#define MAX_BODY 25000
#define MAX_PAYLOAD 20000
#define MAX_TEXT 255
#define MAX_BITS 32767

/* No limit of the second version is known; the bundle has the store's. */
#define MAX_PEM 1000000

static const char *const secret_types[] = {"certificate", "opaque",
    "passphrase", "private", "public", "symmetric", NULL};
static const char *const encodings[] = {"base64", NULL};
static const char *const content_types[] = {
    "application/octet-stream", "application/pkcs8", NULL};

/* The first version's schema allows null, the store does not. */
static const struct schema_field fields[] = {
    {"name", SCHEMA_REQUIRED, SCHEMA_STRING, 1, MAX_TEXT},
    {"payload", SCHEMA_REQUIRED, SCHEMA_STRING, 1, MAX_BODY},
    {"payload_content_encoding", SCHEMA_REQUIRED, SCHEMA_STRING, 1, MAX_TEXT,
	encodings},
    {"payload_content_type", SCHEMA_REQUIRED, SCHEMA_STRING, 1, MAX_TEXT,
	content_types},
    {"secret_type", SCHEMA_REQUIRED, SCHEMA_STRING, 1, MAX_TEXT, secret_types},
    {"algorithm", 0, SCHEMA_STRING, 1, MAX_TEXT},
    {"bit_length", 0, SCHEMA_INTEGER, 1, MAX_BITS},
    {"mode", 0, SCHEMA_STRING, 1, MAX_TEXT},
    {"expiration", 0, SCHEMA_STRING, 1, MAX_TEXT},
    {0},
};

static const struct schema_field pem_fields[] = {
    {"name", SCHEMA_REQUIRED, SCHEMA_STRING, 1, MAX_TEXT},
    {"payload", SCHEMA_REQUIRED, SCHEMA_OBJECT},
    {"expiration", SCHEMA_NULLABLE, SCHEMA_STRING, 1, MAX_TEXT},
    {0},
};

static const struct schema_field payload_fields[] = {
    {"certificate", SCHEMA_REQUIRED, SCHEMA_STRING, 1, MAX_PEM},
    {"private_key", SCHEMA_REQUIRED, SCHEMA_STRING, 1, MAX_PEM},
    {"certificate_chain", SCHEMA_REQUIRED, SCHEMA_STRING, 1, MAX_PEM},
    {0},
};

static bool
decode(const char *text, struct buf *payload, struct schema_error *error)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				       "abcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t len = strlen(text), body = strspn(text, alphabet);
	struct fail fail;

	if (len > MAX_PAYLOAD) {
		schema_wrong(error, "payload", "The payload is too large.");
		error->status = 413;
		return false;
	}
	if (len % 4 != 0 || len - body > 2 ||
	    strspn(text + body, "=") != len - body)
		return schema_wrong(error, "payload", "Not valid base64.");
	if (!buf_reserve(payload, len, &fail))
		return schema_wrong(error, "payload", "No memory.");
	payload->len = (size_t)EVP_DecodeBlock(payload->data,
			   (const unsigned char *)text, (int)len) -
		       (len - body);
	return true;
}

cJSON *
validate_create(const char *body, size_t len, struct buf *payload,
    struct schema_error *error)
{
	cJSON *json = NULL;

	if (len > MAX_BODY)
		schema_wrong(error, NULL, "Malformed JSON");
	else
		json = schema_parse(body, len, fields, error);
	if (json == NULL ||
	    decode(schema_text(json, "payload"), payload, error))
		return json;
	cJSON_Delete(json);
	return NULL;
}

static bool
build(const cJSON *pem, struct buf *payload, struct schema_error *error)
{
	const char *field,
	    *problem = bundle_build(schema_text(pem, "certificate"),
		schema_text(pem, "private_key"),
		schema_text(pem, "certificate_chain"), payload, &field);

	if (problem != NULL)
		return schema_wrong(error, field, problem);
	if ((payload->len + 2) / 3 * 4 <= MAX_PAYLOAD)
		return true;
	schema_wrong(error, "payload", "The payload is too large.");
	error->status = 413;
	return false;
}

cJSON *
validate_create_pem(const char *body, size_t len, struct buf *payload,
    struct schema_error *error)
{
	cJSON *json = schema_parse(body, len, pem_fields, error);
	const cJSON *pem = cJSON_GetObjectItemCaseSensitive(json, "payload");

	if (json == NULL || (schema_check(payload_fields, pem, error) &&
				build(pem, payload, error)))
		return json;
	cJSON_Delete(json);
	return NULL;
}
