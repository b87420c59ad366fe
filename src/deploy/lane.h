/* The flow that makes changes one after the other: those of one load
 * balancer, which the server locks as a whole. */
#ifndef DEPLOY_LANE_H
#define DEPLOY_LANE_H

#include "deploy/change.h"

/* A change and whose it is: when one fails, the rest of the same owner is
 * left alone. */
struct lane_item {
	struct change *change;
	bool *failed;
};

struct lane {
	struct lane_item *items; /* in their order; they must stay */
	size_t count, at;
};

extern const struct flow_ops lane_flow;

#endif
