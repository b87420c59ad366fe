/* JSON (RFC 8259) to records and back: the only reader of JSON, and the only
 * writer but for the report. */
#ifndef GCORE_WIRE_H
#define GCORE_WIRE_H

#include "base/buf.h"
#include "gcore/model.h"

/* Make cJSON allocate with base/mem. Once, before anything else here. */
void wire_init(void);

/*
 * Readers: false for what is no complete JSON text of the documented shape,
 * or without memory. A list's records are appended (some even without memory);
 * `*total` is the server's count over all pages, `*got` how many records the
 * page had, taken or not. Records without a usable id, and names longer
 * than any of ours, are passed over.
 */
bool wire_secrets(const struct buf *text, struct secret_list *list, size_t *got,
    size_t *total) MUST_CHECK;
bool wire_tasks(const struct buf *text, struct task_list *list, size_t *got,
    size_t *total) MUST_CHECK;
/* The same, each record for `take` alone, which is false without memory. */
bool wire_each_task(const struct buf *text,
    bool (*take)(const struct task *, void *to), void *to, size_t *got,
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
 * Listeners and pools. None is passed over, and a reference or an id that
 * cannot be read makes the whole answer unusable: a secret would seem free
 * that is used, and the next change would drop what was not understood. No
 * reference may be spelled absent, null, "" and []. The one record is to be
 * cleared by referrer_clear; on failure nothing is kept.
 */
bool wire_referrers(const struct buf *text, enum referrer_kind kind,
    struct referrer_list *list, size_t *got, size_t *total) MUST_CHECK;
bool wire_referrer(const struct buf *text, enum referrer_kind kind,
    struct referrer *referrer) MUST_CHECK;

/* Load balancers; those without a usable id are passed over. */
bool wire_balancers(const struct buf *text, struct balancer_list *list,
    size_t *got, size_t *total) MUST_CHECK;

/*
 * The body of a PATCH that makes references that are `now` as `wanted`, in
 * the empty `body`: the members that differ and no others, the SNI list in
 * order and whole, null where nothing is wanted any more. FAIL_INTERNAL.
 */
bool wire_references(const struct references *now,
    const struct references *wanted, struct buf *body,
    struct fail *fail) MUST_CHECK;

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
