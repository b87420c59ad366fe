#include "app/steps.h"

#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "deploy/change_queue.h"

/* --- the changes of each load balancer in a queue ------------------------- */

/* Queues and the changes in them. */
struct queues {
	struct change_queue *items;
	size_t count;
	struct queue_item *changes;
	size_t change_count;
};

static void
queues_clear(struct queues *queues)
{
	mem_free(queues->items);
	mem_free(queues->changes);
}

/* What this pass is about: all changes of good deployments, or those of the
 * deployments that go back. */
static bool
takes_part(
    const struct deployment *deployment, const struct change *change, bool back)
{
	if (back)
		return deployment->rollout.back && change->has_begun;
	return deployment_is_good(deployment);
}

static bool
is_same_queue(const struct change *a, const struct change *b)
{
	return strcmp(a->balancer, b->balancer) == 0 &&
	       (a->balancer[0] != '\0' || strcmp(a->id, b->id) == 0);
}

/* All that take part, those of one balancer side by side. */
static void
sort_queues(struct queues *queues)
{
	size_t done = 0;

	while (done < queues->change_count) {
		struct change_queue *queue = &queues->items[queues->count++];

		*queue = (struct change_queue){.items = &queues->changes[done]};
		for (size_t i = done; i < queues->change_count; i++) {
			struct queue_item item = queues->changes[i];

			if (!is_same_queue(item.change, queue->items[0].change))
				continue;
			/* Keep the order of the others. */
			memmove(&queues->changes[done + 1],
			    &queues->changes[done], (i - done) * sizeof(item));
			queues->changes[done++] = item;
			queue->count++;
		}
	}
}

static bool
make_queues(const struct batch *batch, bool back, struct queues *queues,
    struct fail *fail)
{
	size_t most = 1;

	for (size_t i = 0; i < batch->count; i++)
		most += batch->deployments[i].rollout.change_count;
	queues->items = mem_calloc(most, sizeof(*queues->items));
	queues->changes = mem_calloc(most, sizeof(*queues->changes));
	if (queues->items == NULL || queues->changes == NULL)
		return fail_memory(fail);
	for (size_t i = 0; i < batch->count; i++) {
		struct deployment *deployment = &batch->deployments[i];
		struct rollout *rollout = &deployment->rollout;

		for (size_t c = 0; c < rollout->change_count; c++)
			if (takes_part(deployment, &rollout->changes[c], back))
				queues->changes[queues->change_count++] =
				    (struct queue_item){
					&rollout->changes[c], &rollout->failed};
	}
	sort_queues(queues);
	return true;
}

static bool
run_queues(struct batch *batch, bool back, int64_t until_ms, struct fail *fail)
{
	CLEANUP(batch_flows_clear) struct batch_flows flows = {0};
	CLEANUP(queues_clear) struct queues queues = {0};

	if (!make_queues(batch, back, &queues, fail) ||
	    !batch_flows_make(&flows, queues.count, fail))
		return false;
	for (size_t i = 0; i < queues.count; i++)
		batch_flows_add(&flows, &change_queue_flow, &queues.items[i]);
	return batch_run(batch, &flows,
	    back ? "putting listeners back" : "switching listeners", until_ms,
	    fail);
}

/* --- switch --------------------------------------------------------------- */

static void
judge_changes(struct deployment *deployment)
{
	struct rollout *rollout = &deployment->rollout;

	for (size_t i = 0; i < rollout->change_count; i++) {
		const struct change *change = &rollout->changes[i];

		deployment->result.switched += change->is_made;
		if (change->fail.code != FAIL_NONE &&
		    deployment_is_good(deployment))
			deployment_fail_rollout(
			    deployment, &change->fail, true);
	}
}

bool
step_switch(struct batch *batch, int64_t until_ms, struct fail *fail)
{
	if (!run_queues(batch, false, until_ms, fail))
		return false;
	for (size_t i = 0; i < batch->count; i++)
		if (deployment_is_good(&batch->deployments[i]))
			judge_changes(&batch->deployments[i]);
	return true;
}

/* --- put back ------------------------------------------------------------- */

/* Say with the cause what became of the listeners; its hint stays. */
static void
tell_back(struct deployment *deployment)
{
	struct rollout *rollout = &deployment->rollout;
	struct fail *fail = &deployment->result.fail, cause = *fail;
	size_t undone = 0, begun = 0;

	for (size_t i = 0; i < rollout->change_count; i++) {
		const struct change *change = &rollout->changes[i];

		begun += change->has_begun;
		undone += change->is_undone;
		if (change->has_begun && !change->is_undone)
			log_line(LOG_ERROR, "%s", change->fail.text);
	}
	if (begun == 0)
		return;
	deployment->result.switched = 0;
	cause.text[sizeof(cause.text) - 80] = '\0';
	if (undone == begun)
		fail_set(fail, fail->code,
		    "%s; the listeners are back on what they had", cause.text);
	else
		fail_set(fail, fail->code,
		    "%s; %zu of %zu listeners could not be put back",
		    cause.text, begun - undone, begun);
	memcpy(fail->hint, cause.hint, sizeof(fail->hint));
}

bool
step_put_back(struct batch *batch, struct fail *fail)
{
	for (size_t i = 0; i < batch->count; i++) {
		struct rollout *rollout = &batch->deployments[i].rollout;

		for (size_t c = 0; rollout->back && c < rollout->change_count;
		     c++)
			if (rollout->changes[c].has_begun)
				change_turn(&rollout->changes[c]);
	}
	if (!run_queues(batch, true, batch->deadline_ms, fail))
		return false;
	for (size_t i = 0; i < batch->count; i++)
		if (batch->deployments[i].rollout.back)
			tell_back(&batch->deployments[i]);
	return true;
}
