/* JSON objects against tables of their members, as the API's schemas say. */
#ifndef SANDBOX_SCHEMA_H
#define SANDBOX_SCHEMA_H

#include <cjson/cJSON.h>

#include "base/defs.h"

enum schema_type {
	SCHEMA_STRING,  /* least to most bytes, of `words` if there are any */
	SCHEMA_INTEGER, /* least to most */
	SCHEMA_BOOL,
	SCHEMA_OBJECT,
	SCHEMA_ARRAY,
	SCHEMA_NAME,          /* of a load balancer's part */
	SCHEMA_UUID,          /* RFC 9562, of any version */
	SCHEMA_UUID_OR_EMPTY, /* or "" */
	SCHEMA_UUIDS,         /* an array of them */
};

/* A member; the table ends with a NULL name. Others are not looked at. */
struct schema_field {
	const char *name;
	enum { SCHEMA_REQUIRED = 1, SCHEMA_NULLABLE } flag;
	enum schema_type type;
	long least, most;
	const char *const *words; /* the only ones, NULL-terminated, or NULL */
};

/* What is wrong: an HTTP status, and the member if it is one's. */
struct schema_error {
	int status;
	const char *field; /* or NULL */
	char message[256];
};

/* Fill `error` with status 400. Always false. */
bool schema_wrong(
    struct schema_error *error, const char *field, const char *message);

bool schema_check(const struct schema_field *fields, const cJSON *json,
    struct schema_error *error);

/* The body as an object with these members, owned by the caller; NULL with
 * `error` filled. */
cJSON *schema_parse(const char *body, size_t len,
    const struct schema_field *fields, struct schema_error *error);

/* The text of a member, or NULL. */
const char *schema_text(const cJSON *json, const char *name);

#endif
