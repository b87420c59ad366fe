/*
 * The flow that changes one listener or pool: read, write what differs, wait
 * for the task, read again and compare, until it is as wanted. Others may
 * edit the same list, or hold the balancer's lock, meanwhile, and the server
 * may lose a task.
 */
#ifndef DEPLOY_CHANGE_H
#define DEPLOY_CHANGE_H

#include "deploy/edit.h"
#include "deploy/task_wait.h"

struct change {
	const struct api *api;
	enum referrer_kind kind;
	char id[MODEL_ID_SIZE];
	char name[MODEL_NAME_SIZE];
	char balancer[MODEL_ID_SIZE];
	struct edit edit;

	enum {
		CHANGE_READ,
		CHANGE_WRITE,
		CHANGE_POLL,
		CHANGE_DONE, /* `fail` tells whether it succeeded */
	} at;
	struct fail fail;
	bool undo;                       /* go from `after` back to `before` */
	bool has_begun;                  /* a write may have been made */
	bool is_made;                    /* it is as wanted, by this run */
	bool is_undone;                  /* and was put back later */
	struct references before, after; /* without, with the writes */

	struct referrer seen; /* as last read */
	struct task_wait wait;
	unsigned writes; /* sent, but for those that met a lock */
	unsigned lost;   /* in a row, without an answer to be used */
	unsigned locks;  /* met since the last write that was taken on */
	enum { REST_NOT, REST_LOCK, REST_LOST } rest;
	int64_t asked_ms; /* by the server, before the next write; -1 */
};

/* Begin for `referrer`; `api` and what `edit` points to must stay. */
void change_init(struct change *change, const struct api *api,
    const struct referrer *referrer, const struct edit *edit);
void change_clear(struct change *change);

/* Turn a change that has begun around: as a flow, it then puts back what was
 * there before. */
void change_turn(struct change *change);

/* "listener www"; by its id if it has no name */
void change_describe(const struct change *change, char *text, size_t size);

extern const struct flow_ops change_flow;

#endif
