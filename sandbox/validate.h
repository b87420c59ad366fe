/* The bodies that create a secret against the documented schemas
 * (CreateSecretSerializer, CreateSecretSerializerV2) and the limits of the
 * store behind such APIs. */
#ifndef SANDBOX_VALIDATE_H
#define SANDBOX_VALIDATE_H

#include "base/buf.h"
#include "schema.h"

/*
 * Parse `body`: the JSON (owned by the caller) and the decoded payload in
 * the empty `payload`; NULL with `error` filled.
 */
cJSON *validate_create(const char *body, size_t len, struct buf *payload,
    struct schema_error *error);

/* The same of the second version, whose payload is PEM: the bundle is built
 * here. */
cJSON *validate_create_pem(const char *body, size_t len, struct buf *payload,
    struct schema_error *error);

#endif
