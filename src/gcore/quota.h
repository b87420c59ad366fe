/* The flow that asks how many secrets the account's regions may hold. */
#ifndef GCORE_QUOTA_H
#define GCORE_QUOTA_H

#include "gcore/api.h"
#include "net/flow.h"

struct quota_ask {
	const struct api *api; /* of any region */
	struct buf answer;     /* for wire_quota; empty when it is not known */
	bool asked;
};

void quota_ask_init(struct quota_ask *ask, const struct api *api);
void quota_ask_clear(struct quota_ask *ask);

/* It does not fail: a quota not known is no obstacle. */
extern const struct flow_ops quota_flow;

/*
 * Is there room for `need` more secrets? FAIL_REFUSED with the numbers. Pure.
 */
bool quota_check(
    const struct quota *quota, size_t need, struct fail *fail) MUST_CHECK;

#endif
