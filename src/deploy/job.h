/*
 * The flow that carries out one plan: create, poll the task, and where an
 * outcome is unknown, look before anything else. It always ends; after a
 * create that may have reached the server none follows before a whole look
 * found nothing, several times over a settling time.
 */
#ifndef DEPLOY_JOB_H
#define DEPLOY_JOB_H

#include "deploy/plan.h"
#include "gcore/inventory.h"

enum job_state {
	JOB_CREATE, /* send the create */
	JOB_POLL,   /* ask for the task */
	JOB_LOOK,   /* read what is there */
	JOB_DONE,   /* `secret` is the secret's id */
	JOB_FAILED, /* `fail` says why */
};

struct job {
	enum job_state state;
	struct fail fail;
	bool created; /* by this run, as opposed to found */
	char secret[MODEL_ID_SIZE];
	char task[MODEL_ID_SIZE];   /* the last one known, or "" */
	char word[MODEL_WORD_SIZE]; /* its state as the server spells it */

	const struct api *api;
	struct plan_want want;
	struct plan plan;
	struct secret_draft draft;
	struct buf payload; /* base64; freed when no create can follow */

	unsigned creates; /* sent */
	bool unknown;     /* may one of them have happened? */
	bool rest;        /* wait before the next request */
	unsigned polls;   /* or looks, one after the other */
	int64_t now_ms;   /* of the last step */
	int64_t begun_ms; /* first step of this state; -1: none yet */
	struct inventory inventory;
};

/*
 * Begin to carry out `plan` (not PLAN_REUSE). Takes the bytes of `payload`,
 * which is empty afterwards; `api`, `want->name` and the texts of `draft`
 * must stay. `draft` names algorithm and bit length alone.
 */
void job_init(struct job *job, const struct api *api,
    const struct plan_want *want, const struct plan *plan,
    const struct secret_draft *draft, struct buf *payload);
void job_clear(struct job *job);

/* What it is doing, for a progress line: "waiting for task ... (RUNNING)". */
void job_describe(const struct job *job, char *text, size_t size);

extern const struct flow_ops job_flow;

#endif
