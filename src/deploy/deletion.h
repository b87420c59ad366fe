/* The flow that deletes one secret and waits until it is gone. */
#ifndef DEPLOY_DELETION_H
#define DEPLOY_DELETION_H

#include "deploy/task_wait.h"

struct deletion {
	const struct api *api;
	char secret[MODEL_ID_SIZE];
	enum { DELETION_DELETE, DELETION_POLL, DELETION_DONE } at;
	struct task_wait wait;
	bool rest; /* pause before the next request */
	unsigned refusals;
	struct fail fail; /* code FAIL_NONE unless it failed */
};

/* Begin; `api` must stay. One that is gone already is a success; "in use" is
 * waited out for some seconds. */
void deletion_init(
    struct deletion *deletion, const struct api *api, const char *secret);

extern const struct flow_ops deletion_flow;

#endif
