/* Wanted certificate and server's state -> what to do. Pure. */
#ifndef DEPLOY_PLAN_H
#define DEPLOY_PLAN_H

#include "base/fail.h"
#include "gcore/model.h"

#define PLAN_FINGERPRINT_SIZE 32

/* The certificate that should be there. */
struct plan_want {
	const char *name;  /* of its line of versions */
	int64_t not_after; /* seconds */
	unsigned char fingerprint[PLAN_FINGERPRINT_SIZE];
};

/* What the server has: `tasks` unfinished creates, `now` the server's own
 * time in seconds when it listed them, -1 unknown. */
struct plan_have {
	const struct task_list *tasks;
	const struct secret_list *secrets;
	int64_t now;
};

enum plan_action {
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

#endif
