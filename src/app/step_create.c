#include "app/steps.h"

#include "base/mem.h"
#include "gcore/quota.h"
#include "gcore/wire.h"

/* --- quota ---------------------------------------------------------------- */

/* How many creates go to the region of `target`, by any project. */
static size_t
need_of(const struct batch *batch, const struct target *target)
{
	size_t need = 0;

	for (size_t i = 0; i < batch->count; i++)
		need += deployment_needs_create(&batch->deployments[i]) &&
			batch->deployments[i].target->api.region ==
			    target->api.region;
	return need;
}

bool
step_quota(struct batch *batch, struct fail *fail)
{
	CLEANUP(quota_ask_clear) struct quota_ask ask;
	struct flow flow = {&quota_flow, &ask};
	struct batch_flows flows = {&flow, 1};

	quota_ask_init(&ask, &batch->targets.items[0].api);
	if (batch_count(batch, NULL, deployment_needs_create) < 2)
		return true;
	if (!batch_run(batch, &flows, "asking for the quota",
		batch->deadline_ms, fail))
		return false;
	for (size_t i = 0; i < batch->targets.count; i++) {
		struct target *target = &batch->targets.items[i];
		struct quota quota;
		struct fail full;

		if (wire_quota(&ask.answer, target->api.region, &quota) &&
		    !quota_check(&quota, need_of(batch, target), &full))
			batch_fail_target(batch, target, &full);
	}
	return true;
}

/* --- create --------------------------------------------------------------- */

/* Several creates share one list of tasks. */
static void
begin_monitors(struct batch *batch, struct batch_flows *flows)
{
	for (size_t i = 0; i < batch->targets.count; i++) {
		struct target *target = &batch->targets.items[i];

		if (batch_count(batch, target, deployment_needs_create) < 2)
			continue;
		task_monitor_init(
		    &target->monitor, &target->api, target->since);
		target->monitor_on = true;
		batch_flows_add(flows, &task_monitor_flow, &target->monitor);
	}
}

static void
end_creates(struct batch *batch)
{
	for (size_t i = 0; i < batch->count; i++)
		if (batch->deployments[i].create != NULL)
			deployment_end(&batch->deployments[i]);
}

bool
step_create(struct batch *batch, int64_t until_ms, struct fail *fail)
{
	CLEANUP(batch_flows_clear) struct batch_flows flows = {0};
	size_t creates = batch_count(batch, NULL, deployment_needs_create);
	CLEANUP(mem_freep)
	struct create *items = mem_calloc(creates + 1, sizeof(*items));
	struct create *create = items;
	bool good;

	if (items == NULL)
		return fail_memory(fail);
	if (!batch_flows_make(&flows, creates + batch->targets.count, fail))
		return false;
	begin_monitors(batch, &flows);
	for (size_t i = 0; i < batch->count; i++) {
		if (!deployment_needs_create(&batch->deployments[i]))
			continue;
		deployment_begin(
		    &batch->deployments[i], create, &batch->version);
		batch_flows_add(&flows, &create_flow, create++);
	}
	good = batch_run(batch, &flows, "creating", until_ms, fail);
	end_creates(batch);
	return good;
}
