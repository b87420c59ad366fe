#include "validate.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

/* Measured on the store behind such APIs. */
#define MAX_BODY 25000
#define MAX_PAYLOAD 20000
#define MAX_TEXT 255
#define MAX_BITS 32767

static const char *const secret_types[] = {"certificate", "opaque",
    "passphrase", "private", "public", "symmetric", NULL};
static const char *const encodings[] = {"base64", NULL};
static const char *const content_types[] = {
    "application/octet-stream", "application/pkcs8", NULL};

static const struct field {
	const char *name;
	bool required;
	enum { STRING, INTEGER } type;
	const char *const *words; /* the only ones, or NULL */
	size_t most;              /* bytes of a string */
} fields[] = {
    {"name", true, STRING, NULL, MAX_TEXT},
    {"payload", true, STRING, NULL, MAX_BODY},
    {"payload_content_encoding", true, STRING, encodings, MAX_TEXT},
    {"payload_content_type", true, STRING, content_types, MAX_TEXT},
    {"secret_type", true, STRING, secret_types, MAX_TEXT},
    {"algorithm", false, STRING, NULL, MAX_TEXT},
    {"bit_length", false, INTEGER, NULL, 0},
    {"mode", false, STRING, NULL, MAX_TEXT},
    {"expiration", false, STRING, NULL, MAX_TEXT},
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

cJSON *
validate_create(const char *body, size_t len, struct buf *payload,
    struct validate_error *error)
{
	cJSON *json;

	if (len > MAX_BODY ||
	    (json = cJSON_ParseWithLength(body, len)) == NULL) {
		wrong(error, NULL, "Malformed JSON");
		return NULL;
	}
	for (size_t i = 0; i < COUNTOF(fields); i++) {
		if (!cJSON_IsObject(json) ||
		    !check_field(&fields[i], json, error)) {
			cJSON_Delete(json);
			return NULL;
		}
	}
	if (decode(cJSON_GetStringValue(
		       cJSON_GetObjectItemCaseSensitive(json, "payload")),
		payload, error))
		return json;
	cJSON_Delete(json);
	return NULL;
}
