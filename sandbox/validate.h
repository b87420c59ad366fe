/* The bodies that create a secret against the documented schemas
 * (CreateSecretSerializer, CreateSecretSerializerV2) and the limits of the
 * store behind such APIs. */
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

/* The same of the second version, whose payload is PEM: the bundle is built
 * here. */
cJSON *validate_create_pem(const char *body, size_t len, struct buf *payload,
    struct validate_error *error);

#endif
