/*
 * What the server has: unfinished creates, then secrets. In this order a
 * create that finishes meanwhile is seen at least once.
 */
#ifndef GCORE_INVENTORY_H
#define GCORE_INVENTORY_H

#include "gcore/api.h"
#include "net/flow.h"

struct inventory {
	struct task_list tasks;
	struct secret_list secrets;
	int64_t date; /* the server's time of the tasks, seconds; -1 */

	/* How far the flow is; {0} of all this is its beginning. */
	const struct api *api;
	enum { INVENTORY_TASKS, INVENTORY_SECRETS, INVENTORY_DONE } at;
	size_t offset;
	struct fail fail; /* code FAIL_NONE unless it failed */
};

/* Begin; `api` must stay. */
void inventory_init(struct inventory *inventory, const struct api *api);
void inventory_clear(struct inventory *inventory);

/* As a flow: complete when done with fail.code FAIL_NONE. */
extern const struct flow_ops inventory_flow;

#endif
