/* Bundles: built, and read the way the load balancer reads them: empty
 * password, key and leaf present and fitting, the other certificates in their
 * order. */
#ifndef SANDBOX_BUNDLE_H
#define SANDBOX_BUNDLE_H

#include <cjson/cJSON.h>

#include "base/buf.h"

/*
 * Build a bundle as the API does of three PEM texts: one certificate, its
 * key, and the certificates behind it in their order. NULL, or the problem
 * and `*field` it is in.
 */
const char *bundle_build(const char *certificate, const char *key,
    const char *chain, struct buf *der, const char **field);

/*
 * {"key": "RSA-2048", "leaf": "<sha256>", "chain": ["<sha256>", ...],
 * "problem": null or "why the balancer could not use it"}. Owned by the
 * caller.
 */
cJSON *bundle_describe(const struct buf *der);

/*
 * Take a bundle apart as the balancer does for its HAProxy: leaf, key, the
 * others in their order, as PEM. NULL, or why it could not be used.
 */
const char *bundle_pem(const struct buf *der, struct buf *pem);

/* The text of "problem", or NULL. */
const char *bundle_problem(const cJSON *description);

#endif
