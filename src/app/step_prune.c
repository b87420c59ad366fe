#include "app/steps.h"

#include "app/deletions.h"
#include "base/log.h"

/* Does it succeed, and may there be versions to delete? What was to be switched
 * may have been so by the run before, and the old version in use until then. */
static bool
is_due(const struct deployment *deployment)
{
	const struct result *result = &deployment->result;

	return deployment->cfg->keep > 0 && !deployment->cfg->rollback &&
	       deployment->duplicate == NULL &&
	       (result->status == RESULT_CREATED ||
		   (result->status == RESULT_PRESENT &&
		       (deployment->rollout.change_count > 0 ||
			   deployment->rollout.had_surplus)));
}

static bool
wants(const struct batch_target *at)
{
	return batch_count(at->batch, at->target, is_due) > 0;
}

static struct flow
begin(struct batch_target *at)
{
	return batch_look(at, INVENTORY_REFERRERS, NULL);
}

static const struct batch_step looking_for_older = {
    "looking for old versions", wants, begin};

static bool
choose(struct deployment *deployment, struct deletions *deletions,
    struct fail *fail)
{
	const struct inventory_poll *poll = &deployment->target->poll;
	struct id_list surplus = {0};
	bool good;

	if (poll->fail.code != FAIL_NONE) {
		log_line(LOG_NOTE, "note: old versions are left: %s",
		    poll->fail.text);
		return true;
	}
	good = deployment_surplus(deployment, &surplus) || fail_memory(fail);
	for (size_t i = 0; good && i < surplus.count; i++)
		good = deletions_add(
		    deletions, deployment, surplus.items[i], fail);
	id_list_clear(&surplus);
	return good;
}

static void
tell(const struct deletions *deletions)
{
	for (size_t i = 0; i < deletions->count; i++) {
		const struct deletion *deletion = &deletions->items[i];

		if (deletion->fail.code == FAIL_NONE) {
			log_line(LOG_INFO, "deleted the old version %s",
			    deletion->secret);
			deletions->owners[i]->result.deleted++;
			continue;
		}
		log_line(LOG_NOTE,
		    "note: an old version is left for the next run: %s",
		    deletion->fail.text);
	}
}

bool
step_prune(struct batch *batch, struct fail *fail)
{
	CLEANUP(deletions_clear) struct deletions deletions = {0};

	if (!batch_run_targets(batch, &looking_for_older, fail))
		return false;
	for (size_t i = 0; i < batch->count; i++)
		if (is_due(&batch->deployments[i]) &&
		    !choose(&batch->deployments[i], &deletions, fail))
			return false;
	if (!deletions_run(batch, &deletions, fail))
		return false;
	tell(&deletions);
	return true;
}
