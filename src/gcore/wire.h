/* JSON (RFC 8259) to records and back: the only reader of JSON. */
#ifndef GCORE_WIRE_H
#define GCORE_WIRE_H

#include "base/buf.h"
#include "gcore/model.h"

/* Make cJSON allocate with base/mem. Once, before anything else here. */
void wire_init(void);

/*
 * Readers: false for what is no complete JSON text of the documented shape,
 * or without memory. A list's records are appended (some even then);
 * `*total` is the server's count over all pages, `*got` how many records the
 * page had, taken or not. Records without a usable id, and names longer
 * than any of ours, are passed over.
 */
bool wire_secrets(const struct buf *text, struct secret_list *list, size_t *got,
    size_t *total) MUST_CHECK;
bool wire_tasks(const struct buf *text, struct task_list *list, size_t *got,
    size_t *total) MUST_CHECK;
/* Projects (by name) and regions (by display_name). */
bool wire_places(const struct buf *text, struct place_list *list, size_t *got,
    size_t *total) MUST_CHECK;
bool wire_task(const struct buf *text, struct task *task) MUST_CHECK;

/* The one task of {"tasks": ["id"]}. */
bool wire_task_id(const struct buf *text, char id[MODEL_ID_SIZE]) MUST_CHECK;
/* The same of a change, where none means there was nothing to do: "". */
bool wire_change_id(const struct buf *text, char id[MODEL_ID_SIZE]) MUST_CHECK;

/* The quota of secrets in `region`; not listed, it is not known. */
bool wire_quota(
    const struct buf *text, int64_t region, struct quota *quota) MUST_CHECK;

/*
 * What an error answer says, for people: "ValidationError: <message>
 * (request <id>)", or the other shapes seen ({"detail"}, {"errors"}), or the
 * beginning of the raw text. Raw server text: fail_set makes it safe.
 */
void wire_refusal(const struct buf *text, char *message, size_t size);

/* The body of a create, `draft` as documented by CreateSecretSerializer and
 * CreateSecretSerializerV2, in the empty `body`; no further copy of the
 * payload or the PEM texts is made. FAIL_INTERNAL. */
bool wire_create_secret(const struct secret_draft *draft, struct buf *body,
    struct fail *fail) MUST_CHECK;
bool wire_create_secret_v2(const struct secret_draft *draft, struct buf *body,
    struct fail *fail) MUST_CHECK;

#endif
