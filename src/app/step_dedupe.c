#include "app/steps.h"

#include <string.h>

#include "app/deletions.h"
#include "base/log.h"

/* Another host's create is waited for so long. */
#define WAIT_MS 30000

/* Its clock and the one of its Date header may differ so much. */
#define CLOCK_SECONDS 2

static bool
was_created(const struct deployment *deployment)
{
	return deployment->result.status == RESULT_CREATED ||
	       (deployment->result.status != RESULT_FAILED &&
		   deployment->result.lost);
}

/* For the inventory poll: has every create that may concern us ended? */
static bool
enough(void *data, const struct inventory_poll *poll)
{
	const struct batch_target *at = data;
	const struct batch *batch = at->batch;
	struct plan_have have = plan_have_of(&poll->inventory);

	if (poll->now_ms - poll->begun_ms > WAIT_MS)
		return true;
	for (size_t i = 0; i < batch->count; i++)
		if (batch->deployments[i].target == at->target &&
		    was_created(&batch->deployments[i]) &&
		    plan_must_wait(&have,
			batch->deployments[i].result.plan.name,
			at->target->since - CLOCK_SECONDS))
			return false;
	return true;
}

static bool
wants(const struct batch_target *at)
{
	return batch_count(at->batch, at->target, was_created) > 0;
}

static struct flow
begin(struct batch_target *at)
{
	return batch_look(at, INVENTORY_SECRETS, enough);
}

static const struct batch_step looking_again = {
    "looking once more", wants, begin};

/* --- what is one too many ------------------------------------------------- */

static bool
find_surplus(struct deployment *deployment, struct deletions *deletions,
    struct fail *fail)
{
	const struct target *target = deployment->target;
	const struct secret_list *now = &target->poll.inventory.secrets;
	struct result *result = &deployment->result;
	const char *name = result->plan.name;
	const struct secret *kept = plan_find(now, name);
	char mine[MODEL_ID_SIZE];
	struct plan_made made = {.name = name,
	    .id = mine,
	    .lost = result->lost,
	    .known = &target->known};

	memcpy(mine, result->secret, sizeof(mine));
	if (kept != NULL && strcmp(kept->id, mine) != 0) {
		log_line(LOG_INFO,
		    "%s was made by another run as well: %s counts", name,
		    kept->id);
		memcpy(result->secret, kept->id, sizeof(result->secret));
		result->status = RESULT_PRESENT;
	}
	for (size_t i = 0; i < now->count; i++)
		if (plan_is_surplus(&now->items[i], now, &made) &&
		    !deletions_add(
			deletions, deployment, now->items[i].id, fail))
			return false;
	return true;
}

static bool
remove_all(struct batch *batch, struct deletions *deletions, struct fail *fail)
{
	if (!deletions_run(batch, deletions, fail))
		return false;
	for (size_t i = 0; i < deletions->count; i++) {
		*fail = deletions->items[i].fail;
		if (fail->code != FAIL_NONE)
			return false;
	}
	return true;
}

static bool
dedupe_all(struct batch *batch, struct fail *fail)
{
	CLEANUP(deletions_clear) struct deletions deletions = {0};
	struct fail unseen = {0};

	if (!batch_run_targets(batch, &looking_again, fail))
		return false;
	for (size_t i = 0; i < batch->count; i++) {
		struct deployment *deployment = &batch->deployments[i];

		if (!was_created(deployment))
			continue;
		/* One place that cannot be seen does not stop the others. */
		if (deployment->target->poll.fail.code != FAIL_NONE)
			unseen = deployment->target->poll.fail;
		else if (!find_surplus(deployment, &deletions, fail))
			return false;
	}
	if (!remove_all(batch, &deletions, fail))
		return false;
	*fail = unseen;
	return fail->code == FAIL_NONE;
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

void
step_dedupe(struct batch *batch)
{
	struct fail fail = {0};

	if (run_interrupted() == FAIL_NONE && !dedupe_all(batch, &fail))
		log_line(LOG_NOTE,
		    "note: a second secret of the same certificate may be "
		    "left: %s",
		    fail.text);
	end_duplicates(batch);
}
