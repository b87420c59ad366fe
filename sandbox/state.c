#include "state.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "lb.h"

/* The sandbox is nothing without memory. */
static void *
must(void *block)
{
	if (block == NULL)
		abort();
	return block;
}

void
state_uuid(char id[STATE_ID_SIZE])
{
	unsigned char b[16];

	if (getrandom(b, sizeof(b), 0) != sizeof(b))
		abort();
	b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
	b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
	snprintf(id, STATE_ID_SIZE,
	    "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-"
	    "%02x%02x%02x%02x%02x%02x",
	    b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10],
	    b[11], b[12], b[13], b[14], b[15]);
}

/* --- secrets -------------------------------------------------------------- */

static void
add_or_null(cJSON *object, const char *name, const cJSON *draft)
{
	const cJSON *value = cJSON_GetObjectItemCaseSensitive(draft, name);

	cJSON_AddItemToObject(object, name,
	    value == NULL ? cJSON_CreateNull() : cJSON_Duplicate(value, 1));
}

/* Room for a time with microseconds. */
#define CREATED_SIZE (CLOCK_ISO_SIZE + 16)

/* Now, and never the same twice: which of two is older is seen. */
static void
created_now(struct state *state, char text[CREATED_SIZE])
{
	char seconds[CLOCK_ISO_SIZE];
	struct timespec now;
	int64_t us;

	clock_gettime(CLOCK_REALTIME, &now);
	us = (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
	if (us <= state->created_us)
		us = state->created_us + 1;
	state->created_us = us;
	clock_iso(us / 1000000, seconds);
	snprintf(
	    text, CREATED_SIZE, "%s.%06u", seconds, (unsigned)(us % 1000000));
}

struct state_secret
state_secret_make(struct state *state, int project, int region,
    const char *name, const cJSON *draft)
{
	static const char *const copied[] = {
	    "algorithm", "bit_length", "mode", "expiration"};
	struct state_secret secret = {.project = project, .region = region};
	char now[CREATED_SIZE];
	cJSON *types;

	state_uuid(secret.id);
	created_now(state, now);
	secret.json = must(cJSON_CreateObject());
	cJSON_AddStringToObject(secret.json, "id", secret.id);
	cJSON_AddStringToObject(secret.json, "name", name);
	cJSON_AddStringToObject(secret.json, "status", "ACTIVE");
	cJSON_AddStringToObject(secret.json, "secret_type", "certificate");
	cJSON_AddStringToObject(secret.json, "created", now);
	for (size_t i = 0; i < COUNTOF(copied); i++)
		add_or_null(secret.json, copied[i], draft);
	types = cJSON_AddObjectToObject(secret.json, "content_types");
	cJSON_AddStringToObject(types, "default", "application/octet-stream");
	return secret;
}

void
state_secret_add(struct state *state, struct state_secret secret)
{
	state->secrets = must(realloc(state->secrets,
	    (state->secret_count + 1) * sizeof(*state->secrets)));
	state->secrets[state->secret_count++] = secret;
}

static void
secret_clear(struct state_secret *secret)
{
	cJSON_Delete(secret->json);
	buf_clear(&secret->bundle);
}

static void
secret_remove(struct state *state, const char *id)
{
	for (size_t i = 0; i < state->secret_count; i++) {
		if (strcmp(state->secrets[i].id, id) != 0)
			continue;
		secret_clear(&state->secrets[i]);
		memmove(&state->secrets[i], &state->secrets[i + 1],
		    (--state->secret_count - i) * sizeof(*state->secrets));
		return;
	}
}

struct state_secret *
state_secret_find(
    const struct state *state, int project, int region, const char *id)
{
	for (size_t i = 0; i < state->secret_count; i++)
		if (strcmp(state->secrets[i].id, id) == 0 &&
		    state->secrets[i].project == project &&
		    state->secrets[i].region == region)
			return &state->secrets[i];
	return NULL;
}

/* --- tasks ---------------------------------------------------------------- */

struct state_task *
state_task_new(struct state *state, const char *type, int project, int region,
    int64_t now_ms, int64_t time_ms)
{
	struct state_task *task;

	state->tasks = must(realloc(
	    state->tasks, (state->task_count + 1) * sizeof(*state->tasks)));
	task = &state->tasks[state->task_count++];
	*task = (struct state_task){
	    .project = project,
	    .region = region,
	    .type = type,
	    .begin_ms = now_ms,
	    .end_ms = now_ms + time_ms,
	    .created = (time_t)clock_wall(),
	};
	state_uuid(task->id);
	return task;
}

struct state_task *
state_task_find(struct state *state, const char *id)
{
	for (size_t i = 0; i < state->task_count; i++)
		if (strcmp(state->tasks[i].id, id) == 0)
			return &state->tasks[i];
	return NULL;
}

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
end_create(struct state *state, struct state_task *task)
{
	if (state->payload_dir != NULL)
		save_payload(state, &task->secret);
	state_secret_add(state, task->secret);
	task->secret = (struct state_secret){0};
}

/* Somebody may have begun to use it since this was asked for. */
static void
end_delete(struct state *state, struct state_task *task)
{
	if (lb_user(state, task->secret.id) == NULL)
		secret_remove(state, task->secret.id);
	else
		task->error = must(strdup("the secret is in use"));
}

static void
task_end(struct state *state, struct state_task *task)
{
	if (task->change != NULL)
		lb_end(state, task);
	else if (task->error == NULL && task->secret.json != NULL)
		end_create(state, task);
	else if (task->error == NULL)
		end_delete(state, task);
	/* The lock lasts until here. */
	task->ended = true;
	secret_clear(&task->secret);
	task->secret = (struct state_secret){0};
	lb_change_free(task->change);
	task->change = NULL;
}

void
state_advance(struct state *state, int64_t now_ms)
{
	for (size_t i = state->first_active; i < state->task_count; i++)
		if (!state->tasks[i].ended && state->tasks[i].end_ms <= now_ms)
			task_end(state, &state->tasks[i]);
	while (state->first_active < state->task_count &&
	       state->tasks[state->first_active].ended)
		state->first_active++;
}

const char *
state_task_word(const struct state_task *task, int64_t now_ms)
{
	if (task->ended)
		return task->error == NULL ? "FINISHED" : "ERROR";
	if (task->word != NULL)
		return task->word;
	return now_ms - task->begin_ms < (task->end_ms - task->begin_ms) / 2
		   ? "NEW"
		   : "RUNNING";
}

static void
add_resources(cJSON *json, const struct state_task *task)
{
	static const char *const kinds[] = {
	    "secrets", "listeners", "pools", "loadbalancers"};
	cJSON *made;

	if (!task->ended || task->error != NULL || task->makes == NULL) {
		cJSON_AddNullToObject(json, "created_resources");
		return;
	}
	made = cJSON_AddObjectToObject(json, "created_resources");
	for (size_t i = 0; i < COUNTOF(kinds); i++) {
		cJSON *list = cJSON_AddArrayToObject(made, kinds[i]);

		if (strcmp(kinds[i], task->makes) == 0)
			cJSON_AddItemToArray(
			    list, cJSON_CreateString(task->made));
	}
}

cJSON *
state_task_json(const struct state_task *task, int64_t now_ms)
{
	static const char *const nulls[] = {"detailed_state", "updated_on",
	    "acknowledged_at", "acknowledged_by", "user_client_id", "job_id",
	    "schedule_id", "lifecycle_policy_id", "request_id", "data"};
	cJSON *json = must(cJSON_CreateObject());
	char created[CLOCK_ISO_SIZE];

	clock_iso(task->created, created);
	cJSON_AddStringToObject(json, "id", task->id);
	cJSON_AddStringToObject(json, "task_type", task->type);
	cJSON_AddStringToObject(json, "state", state_task_word(task, now_ms));
	cJSON_AddStringToObject(json, "created_on", created);
	cJSON_AddNumberToObject(json, "user_id", 1);
	cJSON_AddNumberToObject(json, "client_id", 1);
	cJSON_AddNumberToObject(json, "project_id", task->project);
	cJSON_AddNumberToObject(json, "region_id", task->region);
	if (task->ended && task->error != NULL)
		cJSON_AddStringToObject(json, "error", task->error);
	else
		cJSON_AddNullToObject(json, "error");
	if (task->ended)
		cJSON_AddStringToObject(json, "finished_on", created);
	else
		cJSON_AddNullToObject(json, "finished_on");
	for (size_t i = 0; i < COUNTOF(nulls); i++)
		cJSON_AddNullToObject(json, nulls[i]);
	add_resources(json, task);
	return json;
}

/* --- beginning and end ---------------------------------------------------- */

void
state_fill(struct state *state, int project, int region, int secrets, int tasks)
{
	char name[64];

	for (int i = 0; i < secrets; i++) {
		snprintf(name, sizeof(name), "foreign-%d", i);
		state_secret_add(state,
		    state_secret_make(state, project, region, name, NULL));
	}
	for (int i = 0; i < tasks; i++) {
		struct state_task *task = state_task_new(
		    state, "create_secret", project, region, 0, 0);

		task->ended = true;
		task->makes = "secrets";
		state_uuid(task->made);
	}
}

void
state_clear(struct state *state)
{
	for (size_t i = 0; i < state->secret_count; i++)
		secret_clear(&state->secrets[i]);
	for (size_t i = 0; i < state->task_count; i++) {
		struct state_task *task = &state->tasks[i];

		secret_clear(&task->secret);
		lb_change_free(task->change);
		free(task->error);
		free(task->word);
	}
	free(state->secrets);
	free(state->tasks);
	lb_clear(state);
}
