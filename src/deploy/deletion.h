/* The flow that deletes one secret and waits until it is gone. */
#ifndef DEPLOY_DELETION_H
#define DEPLOY_DELETION_H

#include "gcore/api.h"
#include "net/flow.h"

struct deletion {
	const struct api *api;
	char secret[MODEL_ID_SIZE];
	char task[MODEL_ID_SIZE]; /* "" before the server took it on */
	enum { DELETION_DELETE, DELETION_POLL, DELETION_DONE } at;
	bool rest;
	unsigned polls, refusals;
	struct fail fail; /* code FAIL_NONE unless it failed */
};

/* Begin; `api` must stay. One that is gone already is a success; "in use" is
 * waited out for some seconds. */
void deletion_init(
    struct deletion *deletion, const struct api *api, const char *secret);

extern const struct flow_ops deletion_flow;

#endif
