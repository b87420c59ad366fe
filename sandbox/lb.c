#include "lb.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema.h"

/* --- records -------------------------------------------------------------- */

struct lb_record *
lb_find(const struct state *state, enum lb_kind kind, int project, int region,
    const char *id)
{
	for (size_t i = 0; i < state->record_count; i++) {
		struct lb_record *record = &state->records[i];

		if (record->kind == kind && strcmp(record->id, id) == 0 &&
		    record->project == project && record->region == region)
			return record;
	}
	return NULL;
}

void
lb_set_text(cJSON *json, const char *name, const char *text)
{
	cJSON_ReplaceItemInObjectCaseSensitive(
	    json, name, cJSON_CreateString(text));
}

/* --- locks ---------------------------------------------------------------- */

const struct state_task *
lb_lock(const struct state *state, const char *balancer)
{
	for (size_t i = state->first_active; i < state->task_count; i++) {
		const struct state_task *task = &state->tasks[i];

		if (!task->ended && task->change != NULL &&
		    strcmp(task->change->target.balancer, balancer) == 0)
			return task;
	}
	return NULL;
}

/* Does a pool belong to this listener? */
static bool
is_pool_of(const struct lb_record *pool, const struct lb_record *listener)
{
	const cJSON *list;

	if (pool->kind != LB_POOL)
		return false;
	list = cJSON_GetObjectItem(pool->json, "listeners");
	return list->child != NULL &&
	       strcmp(schema_text(list->child, "id"), listener->id) == 0;
}

/* The listeners of a balancer, the number of a listener's pools. */
static void
add_relations(
    const struct state *state, const struct lb_record *record, cJSON *json)
{
	cJSON *list = record->kind == LB_BALANCER
			  ? cJSON_AddArrayToObject(json, "listeners")
			  : NULL;
	int pools = 0;

	for (size_t i = 0; i < state->record_count; i++) {
		const struct lb_record *other = &state->records[i];
		cJSON *item;

		pools +=
		    record->kind == LB_LISTENER && is_pool_of(other, record);
		if (list == NULL || other->kind != LB_LISTENER ||
		    strcmp(other->balancer, record->id) != 0)
			continue;
		item = cJSON_CreateObject();
		cJSON_AddStringToObject(item, "id", other->id);
		cJSON_AddItemToArray(list, item);
	}
	if (record->kind == LB_LISTENER)
		cJSON_AddNumberToObject(json, "pool_count", pools);
}

cJSON *
lb_json(const struct state *state, const struct lb_record *record)
{
	const struct state_task *lock = lb_lock(state, record->balancer);
	cJSON *json = cJSON_Duplicate(record->json, 1);

	if (lock == NULL) {
		cJSON_AddNullToObject(json, "task_id");
	} else {
		cJSON_AddStringToObject(json, "task_id", lock->id);
		lb_set_text(json, "provisioning_status",
		    lock->change->verb == LB_DELETE &&
			    strcmp(lock->change->target.id, record->id) == 0
			? "PENDING_DELETE"
			: "PENDING_UPDATE");
	}
	add_relations(state, record, json);
	return json;
}

/* --- secrets -------------------------------------------------------------- */

const char *
lb_named(const cJSON *json, int index)
{
	static const char *const members[] = {
	    "secret_id", "ca_secret_id", "crl_secret_id"};
	const cJSON *sni =
	    cJSON_GetObjectItemCaseSensitive(json, "sni_secret_id");

	for (size_t i = 0; i < COUNTOF(members); i++) {
		const char *id = schema_text(json, members[i]);

		if (id != NULL && id[0] != '\0' && index-- == 0)
			return id;
	}
	return cJSON_IsArray(sni)
		   ? cJSON_GetStringValue(cJSON_GetArrayItem(sni, index))
		   : NULL;
}

static bool
names(const cJSON *json, const char *secret)
{
	const char *id;

	for (int i = 0; (id = lb_named(json, i)) != NULL; i++)
		if (strcmp(id, secret) == 0)
			return true;
	return false;
}

const struct lb_record *
lb_user(const struct state *state, const char *secret)
{
	for (size_t i = 0; i < state->record_count; i++)
		if (names(state->records[i].json, secret))
			return &state->records[i];
	for (size_t i = state->first_active; i < state->task_count; i++) {
		const struct lb_change *change = state->tasks[i].change;

		if (!state->tasks[i].ended && change != NULL &&
		    (names(change->patch, secret) ||
			names(change->target.json, secret)))
			return &change->target;
	}
	return NULL;
}

void
lb_edit(struct state *state, struct lb_record *listener)
{
	struct state_secret secret = state_secret_make(
	    state, listener->project, listener->region, "foreign-edit", NULL);
	cJSON *list = cJSON_GetObjectItem(listener->json, "sni_secret_id");

	if (!cJSON_IsArray(list)) {
		list = cJSON_CreateArray();
		cJSON_ReplaceItemInObjectCaseSensitive(
		    listener->json, "sni_secret_id", list);
	}
	cJSON_InsertItemInArray(list, 0, cJSON_CreateString(secret.id));
	state_secret_add(state, secret);
}
