/*
 * The flow that asks for the tasks of one project and region by the page, for
 * all jobs together: a round of requests tells the state of a thousand.
 */
#ifndef DEPLOY_BOARD_H
#define DEPLOY_BOARD_H

#include "gcore/api.h"
#include "net/flow.h"

struct board {
	const struct api *api;
	int64_t since;   /* the server's seconds; older tasks are not
			    asked for; -1: all */
	size_t users;    /* jobs that have not ended: it ends with them */
	size_t waiting;  /* those of them that have a task */
	unsigned rounds; /* whole ones so far */
	struct task_list tasks; /* of the last whole round, by id */

	struct task_list coming; /* of this round */
	size_t offset;
	int64_t wake_ms; /* no round begins before */
	unsigned polls;
	bool broken; /* it failed: every job asks for itself */
};

void board_init(struct board *board, const struct api *api, int64_t since);
void board_clear(struct board *board);

/* What the last round told of a task; NULL: nothing. */
const struct task *board_find(const struct board *board, const char *id);

extern const struct flow_ops board_flow;

#endif
