#include "app/upload.h"

#include "app/lock.h"
#include "app/steps.h"
#include "base/clock.h"

/* Of the time that is left, what a step may take, so that a task that hangs
 * leaves the steps after it what they need: creates alone the look for copies,
 * creates before a rollout the switching, switching the probes and the way
 * back, probes the way back. */
#define CREATE_PERCENT 90
#define CREATE_PERCENT_OF_ROLLOUT 50
#define SWITCH_PERCENT 60
#define VERIFY_PERCENT 60

static int64_t
share(const struct batch *batch, int percent)
{
	int64_t now_ms = clock_ms();

	return now_ms + (batch->deadline_ms - now_ms) * percent / 100;
}

static bool
has_rollout(const struct deployment *deployment)
{
	return rollout_is_wanted(deployment->cfg);
}

static int64_t
time_to_create(const struct batch *batch)
{
	if (batch_count(batch, NULL, has_rollout) > 0)
		return share(batch, CREATE_PERCENT_OF_ROLLOUT);
	return batch_count(batch, NULL, deployment_needs_create) == 1
		   ? batch->deadline_ms
		   : share(batch, CREATE_PERCENT);
}

static bool
is_to_roll_out(const struct deployment *deployment)
{
	return deployment_is_good(deployment) && has_rollout(deployment);
}

static bool
roll_out(struct batch *batch, struct fail *fail)
{
	if (batch_count(batch, NULL, is_to_roll_out) == 0)
		return true;
	if (!step_switch(batch, share(batch, SWITCH_PERCENT), fail))
		return false;
	if (run_interrupted() == FAIL_NONE &&
	    !step_verify(batch, share(batch, VERIFY_PERCENT), fail))
		return false;
	if (run_interrupted() != FAIL_NONE)
		return true;
	return step_put_back(batch, fail) && step_prune(batch, fail);
}

static bool
upload(struct batch *batch, struct fail *fail)
{
	if (!step_name(batch) && !batch->cfg->status)
		return true;
	if (!batch_connect(batch, fail) || !run_catch_signals(fail) ||
	    !step_look(batch, fail))
		return false;
	step_plan(batch);
	if (batch->cfg->status)
		return step_look_served(batch, fail);
	if (batch->cfg->dry_run)
		return true;
	if (!step_quota(batch, fail) ||
	    !step_create(batch, time_to_create(batch), fail))
		return false;
	step_dedupe(batch);
	return roll_out(batch, fail);
}

static bool
is_offline(const struct cfg *cfg)
{
	return cfg->check || cfg->output != NULL;
}

static bool
run_steps(struct batch *batch, struct status *status, struct fail *fail)
{
	const struct cfg *cfg = batch->cfg;

	if (!step_read(batch) && !cfg->status)
		return true;
	if (is_offline(cfg)) {
		/* The upload would refuse some names. */
		if (cfg->check)
			step_name(batch);
		step_check(batch);
		return true;
	}
	return upload(batch, fail) &&
	       (!cfg->status || status_make(batch, clock_wall(), status, fail));
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
	if (!is_offline(cfg) && !cfg_is_look(cfg))
		state = lock_take(cfg, batch.deadline_ms, &lock, fail);
	if (state == LOCK_OTHER) {
		skip_all(&batch);
		return true;
	}
	if (state == LOCK_HELD && run_steps(&batch, status, fail))
		return true;
	stop_all(&batch, fail);
	status->fail = *fail;
	return false;
}
