/* What the steps of one run share. */
#ifndef APP_BATCH_H
#define APP_BATCH_H

#include "app/deployment.h"
#include "net/run.h"

struct batch {
	const struct cfg *cfg; /* of the run */
	struct deployment *deployments;
	size_t count;
	struct target_list targets;
	struct http *http;
	enum api_version version;
	int64_t started_ms, deadline_ms;
	const char *doing; /* for the progress line */
};

/* Start the engine, and find the targets of all deployments. FAIL_USAGE,
 * FAIL_AUTH, FAIL_INPUT as secrets_api_key and http_new. */
bool batch_connect(struct batch *batch, struct fail *fail) MUST_CHECK;
void batch_clear(struct batch *batch);

/* Flows to be run side by side. */
struct batch_flows {
	struct flow *items;
	size_t count;
};

/* Room for `most` of them. FAIL_INTERNAL. */
bool batch_flows_make(
    struct batch_flows *flows, size_t most, struct fail *fail) MUST_CHECK;
void batch_flows_add(
    struct batch_flows *flows, const struct flow_ops *ops, void *self);
void batch_flows_clear(struct batch_flows *flows);

/* Run them until `deadline_ms`; nothing when there are none. What became of
 * each is known to itself. FAIL_INTERNAL. */
bool batch_run(struct batch *batch, const struct batch_flows *flows,
    const char *doing, int64_t deadline_ms, struct fail *fail) MUST_CHECK;

/* A further look, when something was done. */
struct batch_look {
	const char *doing; /* for the progress line */
	enum inventory_scope scope;
	bool (*wants)(
	    const struct deployment *deployment); /* does it need the look? */
	/* See inventory_poll_init; `data` is the target. */
	bool (*enough)(void *data, const struct inventory_poll *poll);
};

/* Look afresh at the targets of the deployments that want it; each target's
 * `poll` tells what was found, or why not. FAIL_INTERNAL. */
bool batch_look_again(struct batch *batch, const struct batch_look *look,
    struct fail *fail) MUST_CHECK;

/* Can `target` be used, and does a deployment that is open go there? --status
 * looks for the others as well. */
bool batch_uses(const struct batch *batch, const struct target *target);

#endif
