/* What the emulated cloud holds: secrets, tasks, and load balancers with
 * their listeners and pools. Time is an argument. */
#ifndef SANDBOX_STATE_H
#define SANDBOX_STATE_H

#include <time.h>

#include <cjson/cJSON.h>

#include "base/buf.h"

#define STATE_ID_SIZE 37

struct state_secret {
	char id[STATE_ID_SIZE];
	int project, region;
	cJSON *json;       /* SecretSerializer */
	struct buf bundle; /* its payload; empty for secrets of others */
};

enum lb_kind { LB_BALANCER, LB_LISTENER, LB_POOL };

struct lb_record {
	enum lb_kind kind;
	char id[STATE_ID_SIZE];
	char balancer[STATE_ID_SIZE]; /* the root of its tree */
	int project, region;
	cJSON *json; /* its serializer; lb_json adds lock and relations */
};

enum lb_verb {
	LB_HOLD, /* nothing but the lock */
	LB_CREATE,
	LB_PATCH,
	LB_DELETE
};

/* What a task changes when it ends. */
struct lb_change {
	enum lb_verb verb;
	struct lb_record target; /* complete for LB_CREATE, else without json */
	cJSON *patch;            /* LB_PATCH: members with their new values */
	bool breaks;             /* the listener ends in ERROR */
	bool unserved;           /* it is recorded, but goes on as it was */
};

struct haproxy; /* of haproxy.h */

struct state_task {
	char id[STATE_ID_SIZE];
	int project, region;
	const char *type;         /* in the API's words */
	int64_t begin_ms, end_ms; /* end INT64_MAX: never */
	time_t created;
	bool ended;
	char *error;       /* it ends in ERROR with this text, or NULL */
	char *word;        /* shown as state until it ends, or NULL */
	unsigned hidden;   /* times its GET still answers 404 */
	const char *makes; /* the kind of resource it makes, or NULL */
	char made[STATE_ID_SIZE];
	struct state_secret secret; /* made or deleted when it ends */
	struct lb_change *change;   /* or NULL */
};

struct state {
	struct state_secret *secrets;
	size_t secret_count;
	struct state_task *tasks;
	size_t task_count;
	struct lb_record *records;
	size_t record_count;
	struct haproxy *haproxy; /* serves the listeners; the owner stops it */
	size_t first_active;     /* all tasks before this one have ended */
	int64_t created_us;      /* of the secret made last */
	const char *payload_dir; /* or NULL */
};

/* A random UUID (RFC 9562 section 5.4). */
void state_uuid(char id[STATE_ID_SIZE]);

/* Have foreign secrets and finished tasks from the beginning. */
void state_fill(
    struct state *state, int project, int region, int secrets, int tasks);

/* Begin a task; the caller fills in the rest, and how long it takes. Valid
 * until the next one. */
struct state_task *state_task_new(struct state *state, const char *type,
    int project, int region, int64_t now_ms);

/* It ends in ERROR with this text. */
void state_task_fail(struct state_task *task, const char *error);

/* It has ended: free what it was to make or change. */
void state_task_release(struct state_task *task);

/* The state of a task in the API's words. */
const char *state_task_word(const struct state_task *task, int64_t now_ms);

/* A secret with a name in SecretSerializer's form, created later than all
 * others; `draft` may be NULL. */
struct state_secret state_secret_make(struct state *state, int project,
    int region, const char *name, const cJSON *draft);
void state_secret_add(struct state *state, struct state_secret secret);
void state_secret_remove(struct state *state, const char *id);

/* NULL when there is none. */
struct state_secret *state_secret_find(
    const struct state *state, int project, int region, const char *id);
struct state_task *state_task_find(struct state *state, const char *id);

/* TaskSerializer. */
cJSON *state_task_json(const struct state_task *task, int64_t now_ms);

void state_clear(struct state *state);

#endif
