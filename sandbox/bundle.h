/* A stored bundle read the way the load balancer reads it: empty password,
 * key and leaf present and fitting, the other certificates in their order. */
#ifndef SANDBOX_BUNDLE_H
#define SANDBOX_BUNDLE_H

#include <cjson/cJSON.h>

#include "base/buf.h"

/*
 * {"key": "RSA-2048", "leaf": "<sha256>", "chain": ["<sha256>", ...],
 * "problem": null or "why the balancer could not use it"}. Owned by the
 * caller.
 */
cJSON *bundle_describe(const struct buf *der);

/* The text of "problem", or NULL. */
const char *bundle_problem(const cJSON *description);

#endif
