/* What the readers and writers of JSON share. Only they include this. */
#ifndef GCORE_JSON_H
#define GCORE_JSON_H

#include <cjson/cJSON.h>

#include "base/buf.h"
#include "gcore/model.h"

/* NULL for what is no complete JSON text, and without memory; to be freed,
 * by CLEANUP(json_free). */
cJSON *json_parse(const struct buf *text) MUST_CHECK;
void json_free(cJSON **json);

/* The member, or NULL: `object` may be anything. */
const cJSON *json_get(const cJSON *object, const char *name);

/* Its text, NULL for any other type; `object` as above. */
const char *json_string(const cJSON *json);
const char *json_text(const cJSON *object, const char *name);

/* False where it is absent, no number, or beyond what a double holds
 * exactly. */
bool json_number(
    const cJSON *object, const char *name, int64_t *number) MUST_CHECK;

/* Copy, or "" for NULL and what is too long. */
void json_copy(char *dst, size_t size, const char *src);

/* The same for an identifier, "" as well for other characters than model.h
 * allows; whether it is one. */
bool json_copy_id(char id[MODEL_ID_SIZE], const char *src);

/*
 * Read {"count", "results"}: hand each record, an object, to `take` with
 * `to`; `take` is false where it cannot go on. `*got` records, `*total` over
 * all pages.
 */
bool json_page(const struct buf *text, bool (*take)(const cJSON *, void *),
    void *to, size_t *got, size_t *total) MUST_CHECK;

/* Put `value` into `object` or free it; false without memory, or where
 * either is NULL for want of it. */
bool json_put(cJSON *object, const char *name, cJSON *value) MUST_CHECK;

/* Write into the empty `body`, in at most `room` bytes. FAIL_INTERNAL, for a
 * NULL `json` as well. */
bool json_print(
    cJSON *json, size_t room, struct buf *body, struct fail *fail) MUST_CHECK;

#endif
