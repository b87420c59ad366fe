#include "lb.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bundle.h"
#include "haproxy.h"
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

static void
add(struct state *state, struct lb_record record)
{
	state->records = realloc(state->records,
	    (state->record_count + 1) * sizeof(*state->records));
	if (state->records == NULL)
		abort();
	state->records[state->record_count++] = record;
}

static void
set(cJSON *json, const char *name, const cJSON *value)
{
	cJSON_ReplaceItemInObjectCaseSensitive(
	    json, name, cJSON_Duplicate(value, 1));
}

static void
set_text(cJSON *json, const char *name, const char *text)
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
		set_text(json, "provisioning_status",
		    lock->change->verb == LB_DELETE &&
			    strcmp(lock->change->target.id, record->id) == 0
			? "PENDING_DELETE"
			: "PENDING_UPDATE");
	}
	add_relations(state, record, json);
	return json;
}

/* --- secrets -------------------------------------------------------------- */

/* The `index`-th secret a record or patch names, default one first; NULL
 * behind the last. */
static const char *
named(const cJSON *json, int index)
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

	for (int i = 0; (id = named(json, i)) != NULL; i++)
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

/* Are all secrets there that `json` names? Else the task's error. */
static bool
all_known(const struct state *state, const struct lb_record *target,
    const cJSON *json, char **error)
{
	const char *id;

	for (int i = 0; (id = named(json, i)) != NULL; i++) {
		if (state_secret_find(
			state, target->project, target->region, id) != NULL)
			continue;
		if (asprintf(error, "Could not retrieve certificate: ['%s']",
			id) < 0)
			abort();
		return false;
	}
	return true;
}

/* --- serving -------------------------------------------------------------- */

/* The certificates of a listener as the balancer's HAProxy gets them. Secrets
 * of others have no contents and are left out. */
static bool
site_fill(const struct state *state, const struct lb_record *listener,
    struct haproxy_site *site, char **error)
{
	const char *id, *problem;

	for (int i = 0; (id = named(listener->json, i)) != NULL; i++) {
		const struct state_secret *secret = state_secret_find(
		    state, listener->project, listener->region, id);
		struct buf pem = {0};

		if (secret == NULL || secret->bundle.len == 0)
			continue;
		problem = bundle_pem(&secret->bundle, &pem);
		if (problem == NULL) {
			haproxy_site_add(site, pem);
			continue;
		}
		buf_clear(&pem);
		if (asprintf(error, "Could not load certificate %s: %s", id,
			problem) < 0)
			abort();
		return false;
	}
	return true;
}

static void
site_begin(const struct state *state, const struct lb_record *listener,
    struct haproxy_site *site)
{
	const struct lb_record *balancer = lb_find(state, LB_BALANCER,
	    listener->project, listener->region, listener->balancer);
	const char *own = schema_text(listener->json, "secret_id");

	*site = (struct haproxy_site){
	    .port = (int)cJSON_GetNumberValue(
		cJSON_GetObjectItem(listener->json, "protocol_port")),
	    .sni_only = own == NULL || own[0] == '\0',
	};
	memcpy(site->id, listener->id, sizeof(site->id));
	snprintf(site->address, sizeof(site->address), "%s",
	    schema_text(balancer->json, "vip_address"));
}

/* Serve a listener as it is on record now. */
static bool
serve(struct state *state, const struct lb_record *listener, char **error)
{
	struct haproxy_site site;

	if (listener->kind != LB_LISTENER ||
	    strcmp(schema_text(listener->json, "protocol"),
		"TERMINATED_HTTPS") != 0)
		return true;
	site_begin(state, listener, &site);
	if (!site_fill(state, listener, &site, error)) {
		haproxy_site_clear(&site);
		return false;
	}
	if (state->haproxy != NULL)
		return haproxy_serve(state->haproxy, &site, error);
	haproxy_site_clear(&site);
	return true;
}

/* --- the end of a task ---------------------------------------------------- */

/* It was changed: serve it, unless the change is spoilt. */
static void
settle(struct state *state, struct state_task *task, struct lb_record *record)
{
	const struct lb_change *change = task->change;
	bool good = !change->breaks;

	if (good && !change->unserved)
		good = serve(state, record, &task->error);
	set_text(
	    record->json, "provisioning_status", good ? "ACTIVE" : "ERROR");
}

static void
end_create(struct state *state, struct state_task *task)
{
	struct lb_record *target = &task->change->target;

	if (!all_known(state, target, target->json, &task->error))
		return;
	add(state, *target);
	target->json = NULL;
	settle(state, task, &state->records[state->record_count - 1]);
}

static void
end_patch(struct state *state, struct state_task *task)
{
	const struct lb_record *target = &task->change->target;
	struct lb_record *record = lb_find(
	    state, target->kind, target->project, target->region, target->id);

	if (record == NULL ||
	    !all_known(state, target, task->change->patch, &task->error))
		return;
	for (const cJSON *item = task->change->patch->child; item != NULL;
	     item = item->next)
		set(record->json, item->string, item);
	settle(state, task, record);
}

/* With a balancer goes its tree, with a listener what is served. */
static void
end_delete(struct state *state, struct state_task *task)
{
	const char *id = task->change->target.id;
	size_t kept = 0;

	for (size_t i = 0; i < state->record_count; i++) {
		struct lb_record record = state->records[i];

		if (strcmp(record.id, id) != 0 &&
		    strcmp(record.balancer, id) != 0) {
			state->records[kept++] = record;
			continue;
		}
		if (state->haproxy != NULL && record.kind == LB_LISTENER)
			haproxy_forget(state->haproxy, record.id);
		cJSON_Delete(record.json);
	}
	state->record_count = kept;
}

void
lb_end(struct state *state, struct state_task *task)
{
	static void (*const ends[])(struct state *, struct state_task *) = {
	    [LB_CREATE] = end_create,
	    [LB_PATCH] = end_patch,
	    [LB_DELETE] = end_delete,
	};

	if (task->error == NULL && task->change->verb != LB_HOLD)
		ends[task->change->verb](state, task);
}

void
lb_change_free(struct lb_change *change)
{
	if (change == NULL)
		return;
	cJSON_Delete(change->target.json);
	cJSON_Delete(change->patch);
	free(change);
}

void
lb_clear(struct state *state)
{
	for (size_t i = 0; i < state->record_count; i++)
		cJSON_Delete(state->records[i].json);
	free(state->records);
	if (state->haproxy != NULL)
		haproxy_stop(state->haproxy);
}
