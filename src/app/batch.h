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

/* For how many deployments of `target` (NULL: of all) is it so? */
size_t batch_count(const struct batch *batch, const struct target *target,
    bool (*is)(const struct deployment *deployment));

/* A target while a step works on it. */
struct batch_target {
	const struct batch *batch;
	struct target *target;
};

/* What a step does at the targets, side by side. */
struct batch_step {
	const char *doing; /* for the progress line */
	/* Does it concern this target? */
	bool (*wants)(const struct batch_target *at);
	/* Begin its flow; `at` stays until the step has ended. */
	struct flow (*begin)(struct batch_target *at);
};

/* What became of each flow is known to itself. FAIL_INTERNAL. */
bool batch_run_targets(struct batch *batch, const struct batch_step *step,
    struct fail *fail) MUST_CHECK;

/* For `begin`: the flow that looks at the target afresh, in its `poll`, until
 * `enough` (as inventory_poll_init), whose `data` is `at`. */
struct flow batch_look(struct batch_target *at, enum inventory_scope scope,
    bool (*enough)(void *data, const struct inventory_poll *poll));

/* Unless `why` is FAIL_NONE: `target` cannot be used, and deployments there
 * that are open fail with it. */
void batch_fail_target(
    struct batch *batch, struct target *target, const struct fail *why);

#endif
