/* Wanted certificate and server's state -> what to do. Pure. */
#ifndef DEPLOY_PLAN_H
#define DEPLOY_PLAN_H

#include "base/fail.h"
#include "gcore/inventory.h"

#define PLAN_FINGERPRINT_SIZE 32

/* The certificate that should be there. */
struct plan_want {
	const char *name;   /* of its lineage of versions */
	int64_t not_after;  /* seconds */
	int64_t not_before; /* the same, of when it was issued */
	unsigned char fingerprint[PLAN_FINGERPRINT_SIZE];
};

/* What the server has: `tasks` unfinished creates, `now` the server's own
 * time in seconds when it listed them, -1 unknown. */
struct plan_have {
	const struct task_list *tasks;
	const struct secret_list *secrets;
	int64_t now;
};

/* The lists stay the inventory's. */
struct plan_have plan_have_of(const struct inventory *inventory);

enum plan_action {
	PLAN_NONE,   /* not chosen yet */
	PLAN_REUSE,  /* `id` is a healthy secret of this version */
	PLAN_WAIT,   /* task `id` may be making it: look again when it ended */
	PLAN_CREATE, /* nothing of the kind */
};

struct plan {
	enum plan_action action;
	char name[MODEL_NAME_SIZE]; /* the secret's */
	char id[MODEL_ID_SIZE];
};

/*
 * The secret's name of this version: "<name>.<YYYYMMDD>.<12 hex>", the day
 * of notAfter in UTC and the first 6 bytes of the fingerprint. The API tells
 * neither payload nor fingerprint: the name is how a version is known again.
 * FAIL_USAGE when `want->name` is empty, too long or holds other characters
 * than letters, digits, '.', '_' and '-'.
 */
bool plan_name(const struct plan_want *want, char name[MODEL_NAME_SIZE],
    struct fail *fail) MUST_CHECK;

/* What plan_name put together. */
struct plan_version {
	char name[MODEL_NAME_SIZE];
	char day[9];          /* YYYYMMDD */
	char fingerprint[13]; /* lower case hex */
};

/* The inverse of plan_name. False for names that are not ours. */
bool plan_name_parse(const char *text, struct plan_version *version) MUST_CHECK;

/* Choose the action. FAIL_USAGE as plan_name. */
bool plan_make(const struct plan_want *want, const struct plan_have *have,
    struct plan *plan, struct fail *fail) MUST_CHECK;

/* Of the healthy secrets called `name` the one that counts: the oldest, then
 * the smaller id, so that every host chooses the same. NULL: there is none. */
const struct secret *plan_find(
    const struct secret_list *list, const char *name);

/* What this run may have made. */
struct plan_made {
	const char *name;
	const char *id; /* of the secret its task named */
	bool lost;      /* a create got no answer: any that was not known */
	const struct secret_list *known; /* the secrets of before */
};

/* Is `secret`, of those there are `now`, one too many: made by this run, and
 * not the one of its name that counts? */
bool plan_is_surplus(const struct secret *secret, const struct secret_list *now,
    const struct plan_made *made);

/* Does an unfinished create of another run, that may make `name`, have to be
 * waited for before the secrets of that name can be told? `since`: the
 * server's seconds, older ones do not concern us. */
bool plan_must_wait(
    const struct plan_have *have, const char *name, int64_t since);

#endif
