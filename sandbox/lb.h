/*
 * Load balancers with their listeners and pools: what is on record, what
 * locks it, and what a change does when its task ends. A balancer and all
 * that belongs to it are a tree, changed by one task at a time.
 */
#ifndef SANDBOX_LB_H
#define SANDBOX_LB_H

#include "state.h"

enum lb_kind { LB_BALANCER, LB_LISTENER, LB_POOL };

struct lb_record {
	enum lb_kind kind;
	char id[STATE_ID_SIZE];
	char balancer[STATE_ID_SIZE]; /* the root of its tree */
	int project, region;
	cJSON *json; /* its serializer, but for what lb_json adds */
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

/* NULL when there is none. */
struct lb_record *lb_find(const struct state *state, enum lb_kind kind,
    int project, int region, const char *id);

/* The task that locks the tree of this balancer, or NULL. */
const struct state_task *lb_lock(
    const struct state *state, const char *balancer);

/* A record as it is shown: with its lock and its relations. */
cJSON *lb_json(const struct state *state, const struct lb_record *record);

/* Who refers to a secret, or is about to; NULL: nobody. */
const struct lb_record *lb_user(const struct state *state, const char *secret);

/* Put a secret of somebody else in front of a listener's SNI list. */
void lb_edit(struct state *state, struct lb_record *listener);

/* The task's change takes effect; `task->error` is set when it fails. */
void lb_end(struct state *state, struct state_task *task);

void lb_change_free(struct lb_change *change);
void lb_clear(struct state *state);

#endif
