/* The flow that looks what the server has, again and again until somebody
 * has seen enough. */
#ifndef DEPLOY_INVENTORY_POLL_H
#define DEPLOY_INVENTORY_POLL_H

#include "gcore/inventory.h"

struct inventory_poll {
	struct inventory inventory; /* the last whole one */
	struct fail fail;           /* code FAIL_NONE unless it failed */
	int64_t begun_ms, now_ms;   /* clock_ms of the first and last step */

	bool (*enough)(void *data, const struct inventory_poll *poll);
	void *data;
	unsigned looks;
	enum {
		INVENTORY_POLL_LOOK,
		INVENTORY_POLL_REST,
		INVENTORY_POLL_DONE
	} at;
};

/* Begin; `api` must stay. `enough` is asked after each whole look; NULL: one is
 * enough. */
void inventory_poll_init(struct inventory_poll *poll, const struct api *api,
    enum inventory_scope scope,
    bool (*enough)(void *data, const struct inventory_poll *poll), void *data);
void inventory_poll_clear(struct inventory_poll *poll);

extern const struct flow_ops inventory_poll_flow;

#endif
