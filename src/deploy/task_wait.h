/*
 * Waiting for one task of the server. A part of a flow: while the flow waits,
 * it hands its steps, answers and refusals on to here.
 */
#ifndef DEPLOY_TASK_WAIT_H
#define DEPLOY_TASK_WAIT_H

#include "gcore/api.h"
#include "net/flow.h"

enum task_outcome {
	TASK_WAIT_PENDING,
	TASK_WAIT_FINISHED, /* `secret` is the one it made, or "" */
	TASK_WAIT_FAILED,   /* `fail` says why */
	TASK_WAIT_MISSING,  /* the server does not know it, and it had time to
			     * appear: look at what it was to change */
};

struct task_wait {
	char task[MODEL_ID_SIZE];   /* "": none yet */
	char word[MODEL_WORD_SIZE]; /* its state as the server spells it */
	char secret[MODEL_ID_SIZE];
	enum task_outcome outcome;
	unsigned missing; /* waits that ended so, one after the other */

	int64_t begun_ms; /* -1: not yet */
	bool is_overdue;  /* a task that appears late has appeared by now */
	bool rest;        /* pause before the next request */
	unsigned polls;
};

/* Begin to wait for `task`. `wait` is {0} before the first one. */
void task_wait_begin(struct task_wait *wait, const char *task);

/* The next step; FLOW_DONE: `fail` is filled, FAIL_INTERNAL. */
enum flow_next task_wait_next(struct task_wait *wait, const struct api *api,
    struct flow_step *step, struct fail *fail) MUST_CHECK;

/* Take the answer: `outcome` says what it means. False: it cannot be used. */
bool task_wait_accept(struct task_wait *wait,
    const struct http_response *response, struct fail *fail) MUST_CHECK;

/* The server does not answer: fill `fail`. */
void task_wait_refuse(const struct task_wait *wait,
    const struct http_response *response, struct fail *fail);

/* The wait is broken off: say in `fail` for which task it was. */
void task_wait_stop(const struct task_wait *wait, struct fail *fail);

/* For a flow that hears of the task from elsewhere: what time it is, and what
 * was told. */
void task_wait_tick(struct task_wait *wait, int64_t now_ms);
void task_wait_judge(
    struct task_wait *wait, const struct task *task, struct fail *fail);

/* Has the server lost so many tasks that one more is not worth it? Then `fail`
 * is filled. */
bool task_wait_is_vain(const struct task_wait *wait, struct fail *fail);

/* "waiting for task ... (RUNNING)" */
void task_wait_describe(const struct task_wait *wait, char *text, size_t size);

#endif
