#include "app/steps.h"

#include "base/log.h"

/* Can the target be used, and is there anything to do? --status looks at the
 * others as well. */
static bool
wants(const struct batch_target *at)
{
	return at->target->fail.code == FAIL_NONE &&
	       (at->batch->cfg->status ||
		   batch_count(at->batch, at->target, deployment_is_open) > 0);
}

/* --- project and region --------------------------------------------------- */

static struct flow
begin_resolve(struct batch_target *at)
{
	struct target *target = at->target;

	resolve_init(
	    &target->resolve, &target->api, target->project, target->region);
	return (struct flow){&resolve_flow, &target->resolve};
}

static const struct batch_step resolving = {
    "looking up project and region", wants, begin_resolve};

/* --- inventory ------------------------------------------------------------ */

/* For the inventory poll: is there no create of others that may be ours? */
static bool
enough(void *data, const struct inventory_poll *poll)
{
	const struct batch_target *at = data;
	const struct batch *batch = at->batch;
	struct plan_have have = plan_have_of(&poll->inventory);

	if (cfg_is_look(batch->cfg))
		return true;
	for (size_t i = 0; i < batch->count; i++) {
		struct fail ignored;
		struct plan plan;

		if (batch->deployments[i].target == at->target &&
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

static bool
needs_referrers(const struct deployment *deployment)
{
	return rollout_needs_referrers(deployment->cfg);
}

/* Listeners and pools are listed only if a deployment needs them. */
static enum inventory_scope
scope_of(const struct batch_target *at)
{
	if (at->batch->cfg->status)
		return INVENTORY_ALL;
	return batch_count(at->batch, at->target, needs_referrers) > 0
		   ? INVENTORY_REFERRERS
		   : INVENTORY_SECRETS;
}

static struct flow
begin_look(struct batch_target *at)
{
	return batch_look(at, scope_of(at), enough);
}

static const struct batch_step looking = {
    "looking what is there", wants, begin_look};

bool
step_look(struct batch *batch, struct fail *fail)
{
	struct target_list *targets = &batch->targets;

	if (!batch_run_targets(batch, &resolving, fail))
		return false;
	for (size_t i = 0; i < targets->count; i++)
		batch_fail_target(
		    batch, &targets->items[i], &targets->items[i].resolve.fail);
	if (!batch_run_targets(batch, &looking, fail))
		return false;
	for (size_t i = 0; i < targets->count; i++)
		batch_fail_target(
		    batch, &targets->items[i], &targets->items[i].poll.fail);
	return true;
}
