#include "task_end.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "bundle.h"
#include "haproxy.h"
#include "lb.h"
#include "schema.h"

/* --- load balancers: what is served --------------------------------------- */

/* Are all secrets there that `json` names? Else the task's error. */
static bool
all_known(const struct state *state, const struct lb_record *target,
    const cJSON *json, char **error)
{
	const char *id;

	for (int i = 0; (id = lb_named(json, i)) != NULL; i++) {
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

/* The certificates of a listener as the balancer's HAProxy gets them. Secrets
 * of others have no contents and are left out. */
static bool
site_fill(const struct state *state, const struct lb_record *listener,
    struct haproxy_site *site, char **error)
{
	const char *id, *problem;

	for (int i = 0; (id = lb_named(listener->json, i)) != NULL; i++) {
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

/* --- load balancers ------------------------------------------------------- */

static void
set(cJSON *json, const char *name, const cJSON *value)
{
	cJSON_ReplaceItemInObjectCaseSensitive(
	    json, name, cJSON_Duplicate(value, 1));
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

/* It was changed: serve it, unless the change is spoilt. */
static void
take_effect(
    struct state *state, struct state_task *task, struct lb_record *record)
{
	const struct lb_change *change = task->change;
	bool good = !change->breaks;

	if (good && !change->unserved)
		good = serve(state, record, &task->error);
	lb_set_text(
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
	take_effect(state, task, &state->records[state->record_count - 1]);
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
	take_effect(state, task, record);
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

static void
end_change(struct state *state, struct state_task *task)
{
	static void (*const ends[])(struct state *, struct state_task *) = {
	    [LB_CREATE] = end_create,
	    [LB_PATCH] = end_patch,
	    [LB_DELETE] = end_delete,
	};

	if (task->error == NULL && task->change->verb != LB_HOLD)
		ends[task->change->verb](state, task);
}

/* --- secrets -------------------------------------------------------------- */

static void
save_payload(const struct state *state, const struct state_secret *secret)
{
	char path[4096];
	struct fail fail;

	snprintf(
	    path, sizeof(path), "%s/%s.p12", state->payload_dir, secret->id);
	if (!file_write(path, false, &secret->bundle, &fail))
		fprintf(stderr, "certupload-sandbox: %s\n", fail.text);
}

static void
end_secret_create(struct state *state, struct state_task *task)
{
	if (state->payload_dir != NULL)
		save_payload(state, &task->secret);
	state_secret_add(state, task->secret);
	task->secret = (struct state_secret){0};
}

/* Somebody may have begun to use it since this was asked for. */
static void
end_secret_delete(struct state *state, struct state_task *task)
{
	if (lb_user(state, task->secret.id) == NULL)
		state_secret_remove(state, task->secret.id);
	else
		state_task_fail(task, "the secret is in use");
}

/* --- the whole ------------------------------------------------------------ */

static void
end(struct state *state, struct state_task *task)
{
	if (task->change != NULL)
		end_change(state, task);
	else if (task->error == NULL && task->secret.json != NULL)
		end_secret_create(state, task);
	else if (task->error == NULL)
		end_secret_delete(state, task);
	/* The lock lasts until here. */
	task->ended = true;
	state_task_release(task);
}

void
task_end_due(struct state *state, int64_t now_ms)
{
	for (size_t i = state->first_active; i < state->task_count; i++)
		if (!state->tasks[i].ended && state->tasks[i].end_ms <= now_ms)
			end(state, &state->tasks[i]);
	while (state->first_active < state->task_count &&
	       state->tasks[state->first_active].ended)
		state->first_active++;
}
