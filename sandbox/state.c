#include "state.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

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

void
state_secret_remove(struct state *state, const char *id)
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
    int64_t now_ms)
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
	    .end_ms = now_ms,
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

void
state_task_fail(struct state_task *task, const char *error)
{
	task->error = must(strdup(error));
}

static void
change_free(struct lb_change *change)
{
	if (change == NULL)
		return;
	cJSON_Delete(change->target.json);
	cJSON_Delete(change->patch);
	free(change);
}

void
state_task_release(struct state_task *task)
{
	secret_clear(&task->secret);
	task->secret = (struct state_secret){0};
	change_free(task->change);
	task->change = NULL;
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
		struct state_task *task =
		    state_task_new(state, "create_secret", project, region, 0);

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

		state_task_release(task);
		free(task->error);
		free(task->word);
	}
	free(state->secrets);
	free(state->tasks);
	for (size_t i = 0; i < state->record_count; i++)
		cJSON_Delete(state->records[i].json);
	free(state->records);
}
