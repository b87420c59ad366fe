#include "app/rollout.h"

#include <string.h>

#include "app/batch.h"
#include "app/prune.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "deploy/change_queue.h"
#include "deploy/switching.h"
#include "deploy/versions.h"

/* Of the time that is left, what switching and proving may take: putting
 * back needs the rest. */
#define SWITCH_PERCENT 60
#define PROVE_PERCENT 60

bool
rollout_needs_referrers(const struct cfg *cfg)
{
	return cfg->listeners.count > 0 || cfg->sni_listeners.count > 0 ||
	       cfg->rotate || cfg->keep > 0 || cfg->rollback;
}

bool
rollout_is_wanted(const struct cfg *cfg)
{
	return rollout_needs_referrers(cfg) || cfg->verify.count > 0;
}

void
rollout_clear(struct rollout *rollout)
{
	for (size_t i = 0; i < rollout->change_count; i++)
		change_clear(&rollout->changes[i]);
	for (size_t i = 0; i < rollout->probe_count; i++)
		probe_clear(&rollout->probes[i]);
	mem_free(rollout->changes);
	mem_free(rollout->probes);
	mem_free(rollout->served);
	id_list_clear(&rollout->older);
}

/* --- plan ----------------------------------------------------------------- */

static bool
plan_changes(struct deployment *deployment, const struct switching_list *list,
    struct fail *fail)
{
	struct rollout *rollout = &deployment->rollout;

	rollout->changes =
	    mem_calloc(list->count + 1, sizeof(*rollout->changes));
	if (rollout->changes == NULL)
		return fail_memory(fail);
	for (size_t i = 0; i < list->count; i++)
		change_init(&rollout->changes[rollout->change_count++],
		    &deployment->target->api, list->items[i].referrer,
		    list->items[i].how, &rollout->older,
		    deployment->result.secret);
	return true;
}

static bool
judge(void *data, const struct buf *pem, char *text, size_t size)
{
	const struct deployment *deployment = data;

	return served_judge(deployment->rollout.served, pem, text, size) ==
	       SERVED_RIGHT;
}

static bool
plan_probes(struct deployment *deployment, struct fail *fail)
{
	const struct cfg_list *list = &deployment->cfg->verify;
	struct rollout *rollout = &deployment->rollout;

	if (list->count == 0)
		return true;
	rollout->served = mem_alloc(sizeof(*rollout->served));
	rollout->probes = mem_calloc(list->count, sizeof(*rollout->probes));
	if (rollout->served == NULL || rollout->probes == NULL)
		return fail_memory(fail);
	if (!served_want_make(&deployment->chain, rollout->served, fail))
		return false;
	for (size_t i = 0; i < list->count; i++) {
		struct probe *probe = &rollout->probes[rollout->probe_count++];

		if (!probe_parse(list->items[i], probe, fail))
			return false;
		probe->judge = judge;
		probe->data = deployment;
	}
	return true;
}

static bool
find_surplus(struct deployment *deployment, const struct inventory *inventory,
    struct fail *fail)
{
	struct id_list surplus = {0};
	bool good = deployment->cfg->keep == 0 ||
		    versions_surplus(&inventory->secrets, &inventory->referrers,
			deployment->want.name, deployment->result.secret,
			&deployment->rollout.older,
			(size_t)deployment->cfg->keep, &surplus) ||
		    fail_memory(fail);

	deployment->rollout.had_surplus = surplus.count > 0;
	id_list_clear(&surplus);
	return good;
}

/* Those called as the current version give way to the one before. */
static bool
plan_back(struct deployment *deployment, struct fail *fail)
{
	const struct inventory *inventory = &deployment->target->poll.inventory;
	const struct secret_list *secrets = &inventory->secrets;
	const struct secret *current, *target;
	CLEANUP(switching_list_clear) struct switching_list list = {0};
	struct switching_want want = {
	    .rotate = true, .mends = true, .older = &deployment->rollout.older};
	struct result *result = &deployment->result;
	char today[CLOCK_ISO_SIZE];

	clock_day(clock_wall(), today);
	if (!versions_back(secrets, &inventory->referrers,
		deployment->want.name, today, &current, &target, fail))
		return false;
	for (size_t i = 0; i < secrets->count; i++)
		if (strcmp(secrets->items[i].name, current->name) == 0 &&
		    !id_list_add(
			&deployment->rollout.older, secrets->items[i].id))
			return fail_memory(fail);
	result->plan.action = PLAN_REUSE;
	memcpy(result->plan.name, target->name, sizeof(target->name));
	memcpy(result->plan.id, target->id, sizeof(target->id));
	memcpy(result->secret, target->id, sizeof(target->id));
	result->status = RESULT_PRESENT;
	want.wanted = result->secret;
	return switching_choose(&want, &inventory->referrers, &list, fail) &&
	       plan_changes(deployment, &list, fail);
}

bool
rollout_plan(struct deployment *deployment, struct fail *fail)
{
	const struct cfg *cfg = deployment->cfg;
	const struct inventory *inventory = &deployment->target->poll.inventory;
	CLEANUP(switching_list_clear) struct switching_list list = {0};
	struct switching_want want = {
	    .listeners = cfg->listeners.items,
	    .listener_count = cfg->listeners.count,
	    .sni = cfg->sni_listeners.items,
	    .sni_count = cfg->sni_listeners.count,
	    .rotate = cfg->rotate,
	    .older = &deployment->rollout.older,
	    .wanted = deployment->result.secret,
	};

	if (cfg->rollback)
		return plan_back(deployment, fail);
	if (!versions_older(&inventory->secrets, deployment->result.plan.name,
		deployment->result.secret, deployment->want.not_before,
		&deployment->rollout.older))
		return fail_memory(fail);
	return switching_choose(&want, &inventory->referrers, &list, fail) &&
	       plan_changes(deployment, &list, fail) &&
	       plan_probes(deployment, fail) &&
	       find_surplus(deployment, inventory, fail);
}

/* --- switch, and back ----------------------------------------------------- */

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

/* Is the secret there, and nothing wrong so far? */
static bool
is_good(const struct deployment *deployment)
{
	return deployment->result.status == RESULT_PRESENT ||
	       deployment->result.status == RESULT_CREATED;
}

/* What this pass is about: all changes of good deployments, or those of the
 * deployments that go back. */
static bool
takes_part(
    const struct deployment *deployment, const struct change *change, bool back)
{
	if (back)
		return deployment->rollout.back && change->has_begun;
	return is_good(deployment);
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

/* The deployment fails with `why`, though its secret is there. */
static void
fail_rollout(struct deployment *deployment, const struct fail *why, bool back)
{
	deployment->result.status = RESULT_FAILED;
	deployment->result.fail = *why;
	deployment->rollout.back = back && why->code < FAIL_SIGINT;
}

static void
judge_changes(struct deployment *deployment)
{
	struct rollout *rollout = &deployment->rollout;

	for (size_t i = 0; i < rollout->change_count; i++) {
		const struct change *change = &rollout->changes[i];

		deployment->result.switched += change->is_made;
		if (change->fail.code != FAIL_NONE && is_good(deployment))
			fail_rollout(deployment, &change->fail, true);
	}
}

static bool
switch_all(struct batch *batch, int64_t until_ms, struct fail *fail)
{
	if (!run_queues(batch, false, until_ms, fail))
		return false;
	for (size_t i = 0; i < batch->count; i++)
		if (is_good(&batch->deployments[i]))
			judge_changes(&batch->deployments[i]);
	return true;
}

/* --- prove ---------------------------------------------------------------- */

static void
judge_probes(struct deployment *deployment)
{
	const struct rollout *rollout = &deployment->rollout;

	for (size_t i = 0; i < rollout->probe_count; i++) {
		const struct probe *probe = &rollout->probes[i];

		if (!is_good(deployment))
			return;
		if (probe->fail.code == FAIL_NONE) {
			log_line(LOG_INFO, "%s:%s serves it", probe->host,
			    probe->port);
			continue;
		}
		/* What cannot be seen may well be served. */
		fail_rollout(
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

		if (good_only && !is_good(deployment))
			continue;
		for (size_t p = 0; p < deployment->rollout.probe_count; p++)
			batch_flows_add(&flows, &probe_flow,
			    &deployment->rollout.probes[p]);
	}
	return batch_run(
	    batch, &flows, "looking what is served", batch->deadline_ms, fail);
}

static bool
prove_all(struct batch *batch, int64_t until_ms, struct fail *fail)
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
rollout_look(struct batch *batch, struct fail *fail)
{
	enum fail_code signal;

	/* That their time is over from the beginning makes it one try. */
	if (!run_probes(batch, false, fail))
		return false;
	signal = run_interrupted();
	return signal == FAIL_NONE || fail_set(fail, signal, "interrupted");
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

static bool
put_back(struct batch *batch, struct fail *fail)
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

/* --- the whole ------------------------------------------------------------ */

/* `percent` of the time that is left. */
static int64_t
share(const struct batch *batch, int percent)
{
	int64_t now_ms = clock_ms();

	return now_ms + (batch->deadline_ms - now_ms) * percent / 100;
}

bool
rollout_run(struct batch *batch, struct fail *fail)
{
	bool wanted = false;

	for (size_t i = 0; i < batch->count; i++)
		wanted |= is_good(&batch->deployments[i]) &&
			  rollout_is_wanted(batch->deployments[i].cfg);
	if (!wanted)
		return true;
	if (!switch_all(batch, share(batch, SWITCH_PERCENT), fail))
		return false;
	if (run_interrupted() == FAIL_NONE &&
	    !prove_all(batch, share(batch, PROVE_PERCENT), fail))
		return false;
	if (run_interrupted() != FAIL_NONE)
		return true;
	return put_back(batch, fail) && prune(batch, fail);
}
