#include "app/steps.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "deploy/switching.h"
#include "deploy/versions.h"

/* --- what follows the upload ---------------------------------------------- */

static bool
plan_changes(struct deployment *deployment, const struct switching_list *list,
    struct fail *fail)
{
	struct rollout *rollout = &deployment->rollout;
	struct edit edit = {
	    .older = &rollout->older, .wanted = deployment->result.secret};

	rollout->changes =
	    mem_calloc(list->count + 1, sizeof(*rollout->changes));
	if (rollout->changes == NULL)
		return fail_memory(fail);
	for (size_t i = 0; i < list->count; i++) {
		edit.how = list->items[i].how;
		change_init(&rollout->changes[rollout->change_count++],
		    &deployment->target->api, list->items[i].referrer, &edit);
	}
	return true;
}

static bool
judge(void *data, const struct buf *pem, bool *right, char *text, size_t size,
    struct fail *fail)
{
	const struct deployment *deployment = data;

	*right = served_judge(deployment->rollout.served, pem, text, size) ==
		 SERVED_RIGHT;
	return ossl_had_memory(fail);
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
find_surplus(struct deployment *deployment, struct fail *fail)
{
	struct id_list surplus = {0};
	bool good = deployment->cfg->keep == 0 ||
		    deployment_surplus(deployment, &surplus) ||
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
	struct versions_way way;
	CLEANUP(switching_list_clear) struct switching_list list = {0};
	struct switching_want want = {
	    .rotate = true, .mends = true, .older = &deployment->rollout.older};
	struct result *result = &deployment->result;
	char today[CLOCK_ISO_SIZE];

	clock_day(clock_wall(), today);
	if (!versions_back(inventory, deployment->want.name, today, &way, fail))
		return false;
	for (size_t i = 0; i < secrets->count; i++)
		if (strcmp(secrets->items[i].name, way.current->name) == 0 &&
		    !id_list_add(
			&deployment->rollout.older, secrets->items[i].id))
			return fail_memory(fail);
	result->plan.action = PLAN_REUSE;
	memcpy(result->plan.name, way.target->name, sizeof(way.target->name));
	memcpy(result->plan.id, way.target->id, sizeof(way.target->id));
	memcpy(result->secret, way.target->id, sizeof(way.target->id));
	result->status = RESULT_PRESENT;
	want.wanted = result->secret;
	return switching_choose(&want, &inventory->referrers, &list, fail) &&
	       plan_changes(deployment, &list, fail);
}

/* Choose the listeners and pools, by what the target's inventory poll found;
 * the create is planned. */
static bool
plan_rollout(struct deployment *deployment, struct fail *fail)
{
	const struct cfg *cfg = deployment->cfg;
	const struct inventory *inventory = &deployment->target->poll.inventory;
	CLEANUP(switching_list_clear) struct switching_list list = {0};
	struct switching_want want = {
	    .listeners = {cfg->listeners.items, cfg->listeners.count},
	    .sni = {cfg->sni_listeners.items, cfg->sni_listeners.count},
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
	       plan_probes(deployment, fail) && find_surplus(deployment, fail);
}

/* --- the whole ------------------------------------------------------------ */

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
		if (other == deployment || other->want.name == NULL ||
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
		!plan_rollout(deployment, &fail)))
		deployment_fail(deployment, &fail);
	else if (deployment_is_open(deployment))
		deployment->duplicate = duplicate_of(batch, deployment);
	else if (cfg_is_look(deployment->cfg) &&
		 deployment->rollout.change_count > 0)
		deployment->result.status = RESULT_PLANNED;
}

void
step_plan(struct batch *batch)
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
