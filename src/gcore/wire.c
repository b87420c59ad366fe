/* Secrets, tasks, places and refusals; wire_lb.c has the load balancers. */
#include "gcore/wire.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "gcore/json.h"

void
wire_init(void)
{
	cJSON_Hooks hooks = {.malloc_fn = mem_alloc, .free_fn = mem_free};

	cJSON_InitHooks(&hooks);
}

/* "2026-07-01T13:33:36", with or without fraction and zone; without one it
 * is UTC. Other zones than UTC are not seen: -1. */
static int64_t
time_of(const char *text)
{
	struct tm tm = {0};
	const char *rest;

	if (text == NULL ||
	    (rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm)) == NULL)
		return -1;
	if (*rest == '.')
		rest += 1 + strspn(rest + 1, "0123456789");
	if (strcmp(rest, "") != 0 && strcmp(rest, "Z") != 0 &&
	    strcmp(rest, "+00:00") != 0)
		return -1;
	return timegm(&tm);
}

/* --- records -------------------------------------------------------------- */

static bool
read_secret(const cJSON *json, struct secret *secret)
{
	json_copy(secret->name, sizeof(secret->name), json_text(json, "name"));
	json_copy(
	    secret->status, sizeof(secret->status), json_text(json, "status"));
	json_copy(secret->created, sizeof(secret->created),
	    json_text(json, "created"));
	return json_copy_id(secret->id, json_text(json, "id")) &&
	       secret->name[0] != '\0';
}

static enum task_state
state_of(const char *word)
{
	static const struct {
		const char *word;
		enum task_state state;
	} rows[] = {
	    {"FINISHED", TASK_FINISHED},
	    {"ERROR", TASK_ERROR},
	};

	for (size_t i = 0; i < COUNTOF(rows); i++)
		if (strcmp(word, rows[i].word) == 0)
			return rows[i].state;
	return TASK_PENDING;
}

static bool
read_task(const cJSON *json, struct task *task)
{
	const cJSON *made = json_get(json, "created_resources");
	const cJSON *secrets = json_get(made, "secrets");
	const cJSON *data = json_get(json, "data");
	const char *error = json_text(json, "error");

	json_copy(task->word, sizeof(task->word), json_text(json, "state"));
	task->state = state_of(task->word);
	task->created = time_of(json_text(json, "created_on"));
	json_copy(task->name, sizeof(task->name), json_text(data, "name"));
	(void)json_copy_id(
	    task->secret, json_string(cJSON_GetArrayItem(secrets, 0)));
	snprintf(
	    task->error, sizeof(task->error), "%s", error == NULL ? "" : error);
	return json_copy_id(task->id, json_text(json, "id")) &&
	       task->word[0] != '\0';
}

static bool
read_place(const cJSON *json, struct place *place)
{
	const char *name = json_text(json, "name");

	if (!json_number(json, "id", &place->id) || place->id < 1)
		return false;
	place->is_default = cJSON_IsTrue(json_get(json, "is_default"));
	json_copy(place->name, sizeof(place->name),
	    name != NULL ? name : json_text(json, "display_name"));
	return place->name[0] != '\0';
}

/* --- pages ---------------------------------------------------------------- */

static bool
take_secret(const cJSON *json, void *list)
{
	struct secret secret;

	return !read_secret(json, &secret) || secret_list_add(list, &secret);
}

static bool
take_task(const cJSON *json, void *list)
{
	struct task task;

	return !read_task(json, &task) || task_list_add(list, &task);
}

static bool
take_place(const cJSON *json, void *list)
{
	struct place place;

	return !read_place(json, &place) || place_list_add(list, &place);
}

bool
wire_secrets(const struct buf *text, struct secret_list *list, size_t *got,
    size_t *total)
{
	return json_page(text, take_secret, list, got, total);
}

bool
wire_tasks(
    const struct buf *text, struct task_list *list, size_t *got, size_t *total)
{
	return json_page(text, take_task, list, got, total);
}

struct each {
	bool (*take)(const struct task *, void *);
	void *to;
};

static bool
take_each(const cJSON *json, void *data)
{
	const struct each *each = data;
	struct task task;

	return !read_task(json, &task) || each->take(&task, each->to);
}

bool
wire_each_task(const struct buf *text,
    bool (*take)(const struct task *, void *), void *to, size_t *got,
    size_t *total)
{
	struct each each = {take, to};

	return json_page(text, take_each, &each, got, total);
}

bool
wire_places(
    const struct buf *text, struct place_list *list, size_t *got, size_t *total)
{
	return json_page(text, take_place, list, got, total);
}

bool
wire_task(const struct buf *text, struct task *task)
{
	CLEANUP(json_free) cJSON *json = json_parse(text);

	return cJSON_IsObject(json) && read_task(json, task);
}

bool
wire_change_id(const struct buf *text, char id[MODEL_ID_SIZE])
{
	CLEANUP(json_free) cJSON *json = json_parse(text);
	const cJSON *tasks = json_get(json, "tasks");
	const char *first = json_string(cJSON_GetArrayItem(tasks, 0));
	int count = cJSON_GetArraySize(tasks);

	id[0] = '\0';
	return cJSON_IsArray(tasks) &&
	       (count == 0 || (count == 1 && json_copy_id(id, first)));
}

bool
wire_task_id(const struct buf *text, char id[MODEL_ID_SIZE])
{
	return wire_change_id(text, id) && id[0] != '\0';
}

static bool
read_quota(const cJSON *json, struct quota *quota)
{
	return json_number(json, "secret_count_limit", &quota->limit) &&
	       json_number(json, "secret_count_usage", &quota->usage);
}

bool
wire_quota(const struct buf *text, int64_t region, struct quota *quota)
{
	CLEANUP(json_free) cJSON *json = json_parse(text);
	const cJSON *regions = json_get(json, "regional_quotas");
	const cJSON *item;
	int64_t id;

	*quota = (struct quota){0};
	cJSON_ArrayForEach(item, regions)
	{
		if (json_number(item, "region_id", &id) && id == region)
			quota->known = read_quota(item, quota);
	}
	return cJSON_IsObject(json);
}

/* --- refusals ------------------------------------------------------------- */

void
wire_refusal(const struct buf *text, char *message, size_t size)
{
	CLEANUP(json_free) cJSON *json = json_parse(text);
	static const char *const members[] = {"message", "detail", "error"};
	const char *class = json_text(json, "exception_class");
	const char *request = json_text(json, "request_id");
	CLEANUP(mem_freep) char *printed = NULL;
	const char *said = NULL;

	for (size_t i = 0; said == NULL && i < COUNTOF(members); i++)
		said = json_text(json, members[i]);
	if (said == NULL && cJSON_HasObjectItem(json, "errors")) {
		printed = cJSON_PrintUnformatted(json_get(json, "errors"));
		said = printed;
	}
	if (said == NULL)
		said = buf_text(text);
	snprintf(message, size, "%s%s%.200s%s%s%s", class == NULL ? "" : class,
	    class == NULL ? "" : ": ", said,
	    request == NULL ? "" : " (request ", request == NULL ? "" : request,
	    request == NULL ? "" : ")");
}

/* --- a create ------------------------------------------------------------- */

struct row {
	const char *name, *value;
};

/* An object of strings that are not copied; those without a value are left
 * out. NULL without memory. */
static cJSON *
object_of(const struct row *rows, size_t count)
{
	cJSON *json = cJSON_CreateObject();

	for (size_t i = 0; i < count; i++) {
		if (rows[i].value == NULL || rows[i].value[0] == '\0' ||
		    json_put(json, rows[i].name,
			cJSON_CreateStringReference(rows[i].value)))
			continue;
		cJSON_Delete(json);
		return NULL;
	}
	return json;
}

/* Room for what is around the values, and for a name, each byte of which may
 * become \u00NN. */
static size_t
room_for(const struct secret_draft *draft)
{
	return 6 * strlen(draft->name) + 512;
}

bool
wire_create_secret(
    const struct secret_draft *draft, struct buf *body, struct fail *fail)
{
	const struct row rows[] = {
	    {"name", draft->name},
	    {"secret_type", "certificate"},
	    {"payload", draft->payload},
	    {"payload_content_type", "application/octet-stream"},
	    {"payload_content_encoding", "base64"},
	    {"algorithm", draft->algorithm},
	};
	CLEANUP(json_free) cJSON *json = object_of(rows, COUNTOF(rows));

	if (draft->bit_length > 0 && !json_put(json, "bit_length",
					 cJSON_CreateNumber(draft->bit_length)))
		return fail_memory(fail);
	return json_print(
	    json, strlen(draft->payload) + room_for(draft), body, fail);
}

bool
wire_create_secret_v2(
    const struct secret_draft *draft, struct buf *body, struct fail *fail)
{
	const struct row name = {"name", draft->name};
	const struct row rows[] = {
	    {"certificate", draft->certificate},
	    {"private_key", draft->private_key},
	    {"certificate_chain", draft->chain},
	};
	CLEANUP(json_free) cJSON *json = object_of(&name, 1);
	size_t room = room_for(draft);

	if (!json_put(json, "payload", object_of(rows, COUNTOF(rows))))
		return fail_memory(fail);
	/* The ends of lines become two bytes each. */
	for (size_t i = 0; i < COUNTOF(rows); i++)
		room += 2 * strlen(rows[i].value);
	return json_print(json, room, body, fail);
}
