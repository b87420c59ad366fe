/*
 * The flow that asks for the tasks of one project and region by the page, for
 * all jobs together: a round of requests tells the state of a thousand.
 */
#ifndef DEPLOY_BOARD_H
#define DEPLOY_BOARD_H

#include "gcore/api.h"
#include "net/flow.h"

/* What a job asks of a task; a thousand of the whole are several MiB. */
struct board_note {
	char id[MODEL_ID_SIZE];
	enum task_state state;
	char word[MODEL_WORD_SIZE];
	char secret[MODEL_ID_SIZE];
};

struct board_round {
	struct board_note *notes;
	size_t count, cap;
};

struct board {
	const struct api *api;
	int64_t since;   /* the server's seconds; older tasks are not
			    asked for; -1: all */
	size_t users;    /* jobs that have not ended: it ends with them */
	size_t waiting;  /* those of them that have a task */
	unsigned rounds; /* whole ones so far */
	struct board_round last; /* the last whole one, by id */

	struct board_round coming;
	size_t offset;
	int64_t wake_ms; /* no round begins before */
	unsigned polls;
	bool broken; /* it failed: every job asks for itself */
};

void board_init(struct board *board, const struct api *api, int64_t since);
void board_clear(struct board *board);

/* What the last round told of a task; NULL: nothing. */
const struct board_note *board_find(const struct board *board, const char *id);

extern const struct flow_ops board_flow;

#endif
