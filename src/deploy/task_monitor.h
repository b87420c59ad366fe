/*
 * The flow that asks for the tasks of one project and region by the page, for
 * all creates together: a round of requests tells the state of a thousand.
 */
#ifndef DEPLOY_TASK_MONITOR_H
#define DEPLOY_TASK_MONITOR_H

#include "gcore/api.h"
#include "net/flow.h"

/* What a create asks of a task; a thousand of the whole are several MiB. */
struct task_summary {
	char id[MODEL_ID_SIZE];
	enum task_state state;
	char word[MODEL_WORD_SIZE];
	char secret[MODEL_ID_SIZE];
};

struct task_round {
	struct task_summary *items;
	size_t count, cap;
};

struct task_monitor {
	const struct api *api;
	int64_t since;   /* the server's seconds; older tasks are not
			    asked for; -1: all */
	size_t users;    /* creates that have not ended: it ends with them */
	size_t waiting;  /* those of them that have a task */
	unsigned rounds; /* whole ones so far */
	struct task_round last; /* the last whole one, by id */

	struct task_round coming;
	size_t offset;
	int64_t wake_ms; /* no round begins before */
	enum retry_pace pace;
	unsigned polls; /* at this pace */
	bool broken;    /* it failed: every create asks for itself */
};

void task_monitor_init(
    struct task_monitor *monitor, const struct api *api, int64_t since);
void task_monitor_clear(struct task_monitor *monitor);

/* What the last round told of a task, as far as a summary goes. False:
 * nothing. */
bool task_monitor_find(
    const struct task_monitor *monitor, const char *id, struct task *task);

extern const struct flow_ops task_monitor_flow;

#endif
