/*
 * What the server has, listed in this order: unfinished creates, secrets,
 * listeners, pools, load balancers. A create that finishes meanwhile is so
 * seen at least once, and a secret made and put to use meanwhile is not taken
 * for one that nothing refers to: it is not in the list at all.
 */
#ifndef GCORE_INVENTORY_H
#define GCORE_INVENTORY_H

#include "gcore/api.h"
#include "net/flow.h"

/* How far to look. Their order counts: each includes the ones before. */
enum inventory_scope {
	INVENTORY_SECRETS,   /* unfinished creates and secrets */
	INVENTORY_REFERRERS, /* listeners and pools */
	INVENTORY_ALL,       /* load balancers */
};

struct inventory {
	struct task_list tasks;
	struct secret_list secrets;
	struct referrer_list referrers; /* listeners, then pools */
	struct balancer_list balancers;
	int64_t date; /* the server's time of the tasks, seconds; -1 */

	/* How far the flow is. */
	const struct api *api;
	enum inventory_scope scope;
	size_t at; /* the list being read */
	size_t offset;
	struct fail fail; /* code FAIL_NONE unless it failed */
};

/* Begin; `api` must stay. */
void inventory_init(struct inventory *inventory, const struct api *api,
    enum inventory_scope scope);

/* Free what was found, and begin anew. */
void inventory_clear(struct inventory *inventory);

/* As a flow: complete when done with fail.code FAIL_NONE. */
extern const struct flow_ops inventory_flow;

#endif
