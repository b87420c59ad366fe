/* The flow that makes changes one after the other: those of one load
 * balancer, which the server locks as a whole. */
#ifndef DEPLOY_CHANGE_QUEUE_H
#define DEPLOY_CHANGE_QUEUE_H

#include "deploy/change.h"

/* A change and whose it is: when one fails, the rest of the same owner is
 * left alone. */
struct queue_item {
	struct change *change;
	bool *failed;
};

struct change_queue {
	struct queue_item *items; /* in their order; they must stay */
	size_t count, at;
};

extern const struct flow_ops change_queue_flow;

#endif
