/* The body of POST /cloud/v1/secrets against the documented schema
 * (CreateSecretSerializer) and the limits of the store behind such APIs. */
#ifndef SANDBOX_VALIDATE_H
#define SANDBOX_VALIDATE_H

#include <cjson/cJSON.h>

#include "base/buf.h"

/* What is wrong: an HTTP status, and the field if it is one's. */
struct validate_error {
	int status;
	const char *field; /* or NULL */
	char message[256];
};

/*
 * Parse `body`: the JSON (owned by the caller) and the decoded payload in
 * the empty `payload`; NULL with `error` filled.
 */
cJSON *validate_create(const char *body, size_t len, struct buf *payload,
    struct validate_error *error);

#endif
