#include "app/steps.h"

#include "base/clock.h"
#include "base/log.h"

static void
judge_probes(struct deployment *deployment)
{
	const struct rollout *rollout = &deployment->rollout;

	for (size_t i = 0; i < rollout->probe_count; i++) {
		const struct probe *probe = &rollout->probes[i];

		if (!deployment_is_good(deployment))
			return;
		if (probe->fail.code == FAIL_NONE) {
			log_line(LOG_INFO, "%s:%s serves it", probe->host,
			    probe->port);
			continue;
		}
		/* What cannot be seen may well be served. */
		deployment_fail_rollout(
		    deployment, &probe->fail, probe->verdict == PROBE_OTHER);
	}
}

/* Run the probes of all deployments, or of those where nothing is wrong so far.
 */
static bool
run_probes(struct batch *batch, bool good_only, struct fail *fail)
{
	CLEANUP(batch_flows_clear) struct batch_flows flows = {0};
	size_t most = 0;

	for (size_t i = 0; i < batch->count; i++)
		most += batch->deployments[i].rollout.probe_count;
	if (!batch_flows_make(&flows, most, fail))
		return false;
	for (size_t i = 0; i < batch->count; i++) {
		struct deployment *deployment = &batch->deployments[i];

		if (good_only && !deployment_is_good(deployment))
			continue;
		for (size_t p = 0; p < deployment->rollout.probe_count; p++)
			batch_flows_add(&flows, &probe_flow,
			    &deployment->rollout.probes[p]);
	}
	return batch_run(
	    batch, &flows, "looking what is served", batch->deadline_ms, fail);
}

bool
step_verify(struct batch *batch, int64_t until_ms, struct fail *fail)
{
	int64_t now_ms = clock_ms();

	for (size_t i = 0; i < batch->count; i++) {
		struct deployment *deployment = &batch->deployments[i];
		int64_t mine_ms =
		    now_ms + (int64_t)deployment->cfg->verify_timeout * 1000;

		for (size_t p = 0; p < deployment->rollout.probe_count; p++)
			deployment->rollout.probes[p].until_ms =
			    mine_ms < until_ms ? mine_ms : until_ms;
	}
	if (!run_probes(batch, true, fail))
		return false;
	for (size_t i = 0; i < batch->count; i++)
		judge_probes(&batch->deployments[i]);
	return true;
}

bool
step_look_served(struct batch *batch, struct fail *fail)
{
	enum fail_code signal;

	/* That their time is over from the beginning makes it one try. */
	if (!run_probes(batch, false, fail))
		return false;
	signal = run_interrupted();
	return signal == FAIL_NONE || fail_set(fail, signal, "interrupted");
}
