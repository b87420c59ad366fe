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

struct field {
	const char *name;
	bool required;
	enum { STRING, INTEGER, OBJECT } type;
	const char *const *words; /* the only ones, or NULL */
	size_t most;              /* bytes of a string */
};

static const struct field fields[] = {
    {"name", true, STRING, NULL, MAX_TEXT},
    {"payload", true, STRING, NULL, MAX_BODY},
    {"payload_content_encoding", true, STRING, encodings, MAX_TEXT},
    {"payload_content_type", true, STRING, content_types, MAX_TEXT},
    {"secret_type", true, STRING, secret_types, MAX_TEXT},
    {"algorithm", false, STRING, NULL, MAX_TEXT},
    {"bit_length", false, INTEGER, NULL, 0},
    {"mode", false, STRING, NULL, MAX_TEXT},
    {"expiration", false, STRING, NULL, MAX_TEXT},
    {NULL, false, STRING, NULL, 0},
};

static const struct field pem_fields[] = {
    {"name", true, STRING, NULL, MAX_TEXT},
    {"payload", true, OBJECT, NULL, 0},
    {NULL, false, STRING, NULL, 0},
};

static const struct field payload_fields[] = {
    {"certificate", true, STRING, NULL, MAX_PEM},
    {"private_key", true, STRING, NULL, MAX_PEM},
    {"certificate_chain", true, STRING, NULL, MAX_PEM},
    {NULL, false, STRING, NULL, 0},
};

static bool
wrong(struct validate_error *error, const char *field, const char *message)
{
	error->status = 400;
	error->field = field;
	snprintf(error->message, sizeof(error->message), "%s", message);
	return false;
}

static bool
check_string(
    const struct field *field, const cJSON *value, struct validate_error *error)
{
	size_t len;

	if (!cJSON_IsString(value))
		return wrong(error, field->name, "Not a valid string.");
	len = strlen(value->valuestring);
	if (len < 1 || len > field->most)
		return wrong(error, field->name, "Length out of range.");
	for (size_t i = 0; field->words != NULL; i++) {
		if (field->words[i] == NULL)
			return wrong(error, field->name, "Not a valid choice.");
		if (strcmp(value->valuestring, field->words[i]) == 0)
			break;
	}
	return true;
}

static bool
check_field(
    const struct field *field, const cJSON *json, struct validate_error *error)
{
	const cJSON *value =
	    cJSON_GetObjectItemCaseSensitive(json, field->name);

	if (value == NULL)
		return !field->required ||
		       wrong(error, field->name, "This field is required.");
	/* The schema allows null, the store does not. */
	if (cJSON_IsNull(value))
		return wrong(error, field->name, "This field may not be null.");
	if (field->type == STRING)
		return check_string(field, value, error);
	if (field->type == OBJECT)
		return cJSON_IsObject(value) ||
		       wrong(error, field->name, "Not a valid object.");
	return (cJSON_IsNumber(value) && value->valuedouble >= 1 &&
		   value->valuedouble <= MAX_BITS &&
		   value->valuedouble == (int)value->valuedouble) ||
	       wrong(error, field->name, "Not a valid integer.");
}

static bool
decode(const char *text, struct buf *payload, struct validate_error *error)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				       "abcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t len = strlen(text), body = strspn(text, alphabet);
	struct fail fail;

	if (len > MAX_PAYLOAD) {
		wrong(error, "payload", "The payload is too large.");
		error->status = 413;
		return false;
	}
	if (len % 4 != 0 || len - body > 2 ||
	    strspn(text + body, "=") != len - body)
		return wrong(error, "payload", "Not valid base64.");
	if (!buf_reserve(payload, len, &fail))
		return wrong(error, "payload", "No memory.");
	payload->len = (size_t)EVP_DecodeBlock(payload->data,
			   (const unsigned char *)text, (int)len) -
		       (len - body);
	return true;
}

static bool
check_fields(
    const struct field *field, const cJSON *json, struct validate_error *error)
{
	for (; field->name != NULL; field++)
		if (!check_field(field, json, error))
			return false;
	return true;
}

/* The body as an object with these fields, or NULL. */
static cJSON *
parse(const char *body, size_t len, const struct field *field,
    struct validate_error *error)
{
	cJSON *json = cJSON_ParseWithLength(body, len);

	if (!cJSON_IsObject(json))
		wrong(error, NULL, "Malformed JSON");
	else if (check_fields(field, json, error))
		return json;
	cJSON_Delete(json);
	return NULL;
}

static const char *
text_of(const cJSON *json, const char *name)
{
	return cJSON_GetStringValue(
	    cJSON_GetObjectItemCaseSensitive(json, name));
}

cJSON *
validate_create(const char *body, size_t len, struct buf *payload,
    struct validate_error *error)
{
	cJSON *json = NULL;

	if (len > MAX_BODY)
		wrong(error, NULL, "Malformed JSON");
	else
		json = parse(body, len, fields, error);
	if (json == NULL || decode(text_of(json, "payload"), payload, error))
		return json;
	cJSON_Delete(json);
	return NULL;
}

/* The schema lets an expiration be null here. */
static bool
check_expiration(const cJSON *json, struct validate_error *error)
{
	static const struct field field = {
	    "expiration", false, STRING, NULL, MAX_TEXT};

	return cJSON_IsNull(
		   cJSON_GetObjectItemCaseSensitive(json, field.name)) ||
	       check_field(&field, json, error);
}

static bool
build(const cJSON *pem, struct buf *payload, struct validate_error *error)
{
	const char *field,
	    *problem = bundle_build(text_of(pem, "certificate"),
		text_of(pem, "private_key"), text_of(pem, "certificate_chain"),
		payload, &field);

	if (problem != NULL)
		return wrong(error, field, problem);
	if ((payload->len + 2) / 3 * 4 <= MAX_PAYLOAD)
		return true;
	wrong(error, "payload", "The payload is too large.");
	error->status = 413;
	return false;
}

cJSON *
validate_create_pem(const char *body, size_t len, struct buf *payload,
    struct validate_error *error)
{
	cJSON *json = parse(body, len, pem_fields, error);
	const cJSON *pem = cJSON_GetObjectItemCaseSensitive(json, "payload");

	if (json == NULL || (check_expiration(json, error) &&
				check_fields(payload_fields, pem, error) &&
				build(pem, payload, error)))
		return json;
	cJSON_Delete(json);
	return NULL;
}
