#include "app/upload.h"

#include <string.h>

#include "app/batch.h"
#include "app/dedupe.h"
#include "app/lock.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "gcore/quota.h"
#include "gcore/wire.h"

/* Of the time that is left, what creates may take: the look after them needs
 * some, and switching, proving and putting back need more. */
#define CREATE_PERCENT 90
#define CREATE_PERCENT_OF_ROLLOUT 50

/* --- what is there -------------------------------------------------------- */

/* Deployments whose target cannot be used fail with it. */
static void
fail_target(struct batch *batch, struct target *target, const struct fail *why)
{
	if (why->code == FAIL_NONE)
		return;
	target->fail = *why;
	for (size_t i = 0; i < batch->count; i++)
		if (batch->deployments[i].target == target &&
		    deployment_is_open(&batch->deployments[i]))
			deployment_fail(&batch->deployments[i], why);
}

static bool
resolve_targets(struct batch *batch, struct fail *fail)
{
	CLEANUP(batch_flows_clear) struct batch_flows flows = {0};

	if (!batch_flows_make(&flows, batch->targets.count, fail))
		return false;
	for (size_t i = 0; i < batch->targets.count; i++) {
		struct target *target = &batch->targets.items[i];

		if (!batch_uses(batch, target))
			continue;
		resolve_init(&target->resolve, &target->api, target->project,
		    target->region);
		batch_flows_add(&flows, &resolve_flow, &target->resolve);
	}
	if (!batch_run(batch, &flows, "looking up project and region",
		batch->deadline_ms, fail))
		return false;
	for (size_t i = 0; i < batch->targets.count; i++)
		fail_target(batch, &batch->targets.items[i],
		    &batch->targets.items[i].resolve.fail);
	return true;
}

/* For the inventory poll: is there no create of others that may be one of ours?
 */
static bool
enough(void *data, const struct inventory_poll *poll)
{
	const struct target *target = data;
	const struct batch *batch = target->batch;
	const struct inventory *inventory = &poll->inventory;
	struct plan_have have = {
	    &inventory->tasks, &inventory->secrets, inventory->date};

	if (cfg_is_look(batch->cfg))
		return true;
	for (size_t i = 0; i < batch->count; i++) {
		struct fail ignored;
		struct plan plan;

		if (batch->deployments[i].target == target &&
		    deployment_is_open(&batch->deployments[i]) &&
		    !batch->deployments[i].cfg->rollback &&
		    plan_make(
			&batch->deployments[i].want, &have, &plan, &ignored) &&
		    plan.action == PLAN_WAIT) {
			log_line(LOG_INFO,
			    "task %s may be making %s: waiting for it", plan.id,
			    plan.name);
			return false;
		}
	}
	return true;
}

/* Listeners and pools are listed only where somebody wants to know. */
static enum inventory_scope
scope_of(const struct batch *batch, const struct target *target)
{
	if (batch->cfg->status)
		return INVENTORY_ALL;
	for (size_t i = 0; i < batch->count; i++)
		if (batch->deployments[i].target == target &&
		    rollout_needs_referrers(batch->deployments[i].cfg))
			return INVENTORY_REFERRERS;
	return INVENTORY_SECRETS;
}

static bool
look(struct batch *batch, struct fail *fail)
{
	CLEANUP(batch_flows_clear) struct batch_flows flows = {0};

	if (!batch_flows_make(&flows, batch->targets.count, fail))
		return false;
	for (size_t i = 0; i < batch->targets.count; i++) {
		struct target *target = &batch->targets.items[i];

		if (!batch_uses(batch, target))
			continue;
		inventory_poll_init(&target->poll, &target->api,
		    scope_of(batch, target), enough, target);
		batch_flows_add(&flows, &inventory_poll_flow, &target->poll);
	}
	if (!batch_run(batch, &flows, "looking what is there",
		batch->deadline_ms, fail))
		return false;
	for (size_t i = 0; i < batch->targets.count; i++)
		fail_target(batch, &batch->targets.items[i],
		    &batch->targets.items[i].poll.fail);
	return true;
}

/* --- plan ----------------------------------------------------------------- */

/* Two settings may name one secret: it is made once. */
static const struct deployment *
duplicate_of(const struct batch *batch, const struct deployment *deployment)
{
	for (const struct deployment *other = batch->deployments;
	     other < deployment; other++)
		if (deployment_is_open(other) && other->duplicate == NULL &&
		    target_is_same(other->target, deployment->target) &&
		    strcmp(other->result.plan.name,
			deployment->result.plan.name) == 0)
			return other;
	return NULL;
}

/* Two certificates of one name would each take the other for an older
 * version, and replace and delete it. */
static bool
check_rivals(const struct batch *batch, const struct deployment *deployment,
    struct fail *fail)
{
	if (deployment->cfg->rollback ||
	    (!deployment->cfg->rotate && deployment->cfg->keep == 0))
		return true;
	for (const struct deployment *other = batch->deployments;
	     other < batch->deployments + batch->count; other++) {
		if (other->want.name == NULL ||
		    !target_is_same(other->target, deployment->target) ||
		    strcmp(other->want.name, deployment->want.name) != 0 ||
		    strcmp(other->result.plan.name,
			deployment->result.plan.name) == 0)
			continue;
		fail_set(fail, FAIL_USAGE,
		    "[%s] has another certificate of the name %s",
		    cfg_title(other->cfg), deployment->want.name);
		return fail_hint(fail,
		    "give one of them another name: one would replace the "
		    "other");
	}
	return true;
}

static void
plan_one(struct batch *batch, struct deployment *deployment)
{
	struct fail fail;

	if (!deployment->cfg->rollback)
		deployment_plan(deployment);
	if (deployment->result.fail.code != FAIL_NONE)
		return;
	if (rollout_is_wanted(deployment->cfg) &&
	    (!check_rivals(batch, deployment, &fail) ||
		!rollout_plan(deployment, &fail)))
		deployment_fail(deployment, &fail);
	else if (deployment_is_open(deployment))
		deployment->duplicate = duplicate_of(batch, deployment);
	else if (cfg_is_look(deployment->cfg) &&
		 deployment->rollout.change_count > 0)
		deployment->result.status = RESULT_PLANNED;
}

static void
plan_all(struct batch *batch)
{
	for (size_t i = 0; i < batch->count; i++)
		if (deployment_is_open(&batch->deployments[i]))
			plan_one(batch, &batch->deployments[i]);
	for (size_t i = 0; i < batch->targets.count; i++) {
		struct target *target = &batch->targets.items[i];

		target->since = target->poll.inventory.date;
		target->known = target->poll.inventory.secrets;
		target->poll.inventory.secrets = (struct secret_list){0};
	}
}

static bool
is_create(const struct deployment *deployment)
{
	return deployment_is_open(deployment) && deployment->duplicate == NULL;
}

/* How many creates go to the region of `target`, by any project. */
static size_t
need_of(const struct batch *batch, const struct target *target)
{
	size_t need = 0;

	for (size_t i = 0; i < batch->count; i++)
		need += is_create(&batch->deployments[i]) &&
			batch->deployments[i].target->api.region ==
			    target->api.region;
	return need;
}

/* A batch that cannot be done whole is not begun. A single create is
 * answered with the same by the server itself. */
static bool
check_quotas(struct batch *batch, size_t creates, struct fail *fail)
{
	CLEANUP(quota_ask_clear) struct quota_ask ask;
	struct flow flow = {&quota_flow, &ask};
	struct batch_flows flows = {&flow, 1};

	quota_ask_init(&ask, &batch->targets.items[0].api);
	if (creates < 2)
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
			fail_target(batch, target, &full);
	}
	return true;
}

/* --- create --------------------------------------------------------------- */

static size_t
creates_of(const struct batch *batch, const struct target *target)
{
	size_t count = 0;

	for (size_t i = 0; i < batch->count; i++)
		count +=
		    is_create(&batch->deployments[i]) &&
		    (target == NULL || batch->deployments[i].target == target);
	return count;
}

/* One list of tasks tells of all where there are several. */
static void
begin_monitors(struct batch *batch, struct batch_flows *flows)
{
	for (size_t i = 0; i < batch->targets.count; i++) {
		struct target *target = &batch->targets.items[i];

		if (creates_of(batch, target) < 2)
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

/* Only now it is known which secret counts. */
static void
end_duplicates(struct batch *batch)
{
	for (size_t i = 0; i < batch->count; i++) {
		struct deployment *deployment = &batch->deployments[i];

		if (deployment->duplicate == NULL ||
		    !deployment_is_open(deployment))
			continue;
		deployment->result = deployment->duplicate->result;
		if (deployment->result.status == RESULT_CREATED)
			deployment->result.status = RESULT_PRESENT;
	}
}

/* A create that is stuck leaves time for what the others still need. */
static int64_t
time_to_create(const struct batch *batch, size_t creates)
{
	int64_t now_ms = clock_ms(), left_ms = batch->deadline_ms - now_ms;

	for (size_t i = 0; i < batch->count; i++)
		if (rollout_is_wanted(batch->deployments[i].cfg))
			return now_ms +
			       left_ms * CREATE_PERCENT_OF_ROLLOUT / 100;
	return creates == 1 ? batch->deadline_ms
			    : now_ms + left_ms * CREATE_PERCENT / 100;
}

static bool
create_all(struct batch *batch, size_t creates, struct fail *fail)
{
	CLEANUP(batch_flows_clear) struct batch_flows flows = {0};
	CLEANUP(mem_freep)
	struct create *items = mem_calloc(creates + 1, sizeof(*items));
	struct create *create = items;
	int64_t until_ms = time_to_create(batch, creates);
	bool good;

	if (items == NULL)
		return fail_memory(fail);
	if (!batch_flows_make(&flows, creates + batch->targets.count, fail))
		return false;
	begin_monitors(batch, &flows);
	for (size_t i = 0; i < batch->count; i++) {
		if (!is_create(&batch->deployments[i]))
			continue;
		deployment_begin(
		    &batch->deployments[i], create, &batch->version);
		batch_flows_add(&flows, &create_flow, create++);
	}
	good = batch_run(batch, &flows, "creating", until_ms, fail);
	end_creates(batch);
	return good;
}

static bool
carry_out(struct batch *batch, struct fail *fail)
{
	size_t creates = creates_of(batch, NULL);

	if (creates > 0 &&
	    (!check_quotas(batch, creates, fail) ||
		!create_all(batch, creates_of(batch, NULL), fail)))
		return false;
	if (creates > 0)
		dedupe(batch);
	end_duplicates(batch);
	return rollout_run(batch, fail);
}

/* --- the whole ------------------------------------------------------------ */

/* Read all files. Is there any certificate to go on with? */
static bool
read_all(struct batch *batch, const struct cfg_all *all)
{
	CLEANUP(inputs_common_clear) struct inputs_common common = {0};
	bool any = false;

	for (size_t i = 0; i < batch->count; i++) {
		batch->deployments[i].cfg = &all->certs[i];
		any |= deployment_read(&batch->deployments[i], &common);
	}
	return any;
}

static void
check_all(struct batch *batch)
{
	for (size_t i = 0; i < batch->count; i++)
		if (deployment_is_open(&batch->deployments[i]))
			deployment_check(&batch->deployments[i]);
}

/* Names that cannot be are told before the server is asked. */
static bool
name_all(struct batch *batch)
{
	bool any = false;

	for (size_t i = 0; i < batch->count; i++) {
		struct deployment *deployment = &batch->deployments[i];

		if (deployment_is_open(deployment) &&
		    !plan_name(&deployment->want, deployment->result.plan.name,
			&deployment->result.fail))
			deployment_fail(deployment, &deployment->result.fail);
		any |= deployment_is_open(deployment);
	}
	return any;
}

static bool
upload(struct batch *batch, struct fail *fail)
{
	if (!name_all(batch) && !batch->cfg->status)
		return true;
	if (!batch_connect(batch, fail) || !run_catch_signals(fail) ||
	    !resolve_targets(batch, fail) || !look(batch, fail))
		return false;
	plan_all(batch);
	if (batch->cfg->status)
		return rollout_look(batch, fail);
	if (batch->cfg->dry_run)
		return true;
	return carry_out(batch, fail);
}

/* What stops all stops each that is not done. */
static void
stop_all(struct batch *batch, const struct fail *why)
{
	for (size_t i = 0; i < batch->count; i++)
		if (deployment_is_open(&batch->deployments[i]))
			deployment_fail(&batch->deployments[i], why);
}

static void
skip_all(struct batch *batch)
{
	for (size_t i = 0; i < batch->count; i++)
		batch->deployments[i].result.status = RESULT_SKIPPED;
}

bool
upload_all(const struct cfg_all *all, struct deployment *deployments,
    struct status *status, struct fail *fail)
{
	const struct cfg *cfg = &all->run;
	bool offline = cfg->check || cfg->output != NULL, good = true;
	CLEANUP(lock_release) int lock = -1;
	CLEANUP(batch_clear)
	struct batch batch = {.cfg = cfg,
	    .deployments = deployments,
	    .count = all->count,
	    .version = (enum api_version)cfg->api,
	    .started_ms = clock_ms()};
	enum lock_state state = LOCK_HELD;

	*fail = (struct fail){0};
	batch.deadline_ms = batch.started_ms + (int64_t)cfg->timeout * 1000;
	for (size_t i = 0; i < batch.count; i++)
		deployments[i].cfg = &all->certs[i];
	if (!offline && !cfg_is_look(cfg))
		state = lock_take(cfg, batch.deadline_ms, &lock, fail);
	if (state == LOCK_OTHER) {
		skip_all(&batch);
		return true;
	}
	if (state == LOCK_HELD && (read_all(&batch, all) || cfg->status)) {
		if (offline)
			check_all(&batch);
		else
			good = upload(&batch, fail);
	}
	if (good && cfg->status)
		good = status_make(&batch, clock_wall(), status, fail);
	good = good && state == LOCK_HELD;
	if (good)
		return true;
	stop_all(&batch, fail);
	status->fail = *fail;
	return false;
}
