#include "gcore/wire.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"

void
wire_init(void)
{
	cJSON_Hooks hooks = {.malloc_fn = mem_alloc, .free_fn = mem_free};

	cJSON_InitHooks(&hooks);
}

static void
json_free(cJSON **json)
{
	cJSON_Delete(*json);
}

static cJSON *
parse(const struct buf *text)
{
	return text->len == 0
		   ? NULL
		   : cJSON_ParseWithLength((const char *)text->data, text->len);
}

/* --- members -------------------------------------------------------------- */

static const char *
string_of(const cJSON *json)
{
	return cJSON_IsString(json) && json->valuestring != NULL
		   ? json->valuestring
		   : NULL;
}

static const char *
member(const cJSON *object, const char *name)
{
	return string_of(cJSON_GetObjectItemCaseSensitive(object, name));
}

/* False where it is absent, no number, or one that a double cannot hold
 * exactly. */
static bool
read_number(const cJSON *object, const char *name, int64_t *number)
{
	const cJSON *json = cJSON_GetObjectItemCaseSensitive(object, name);

	if (!cJSON_IsNumber(json) || json->valuedouble < -9007199254740991.0 ||
	    json->valuedouble > 9007199254740991.0)
		return false;
	*number = (int64_t)json->valuedouble;
	return true;
}

/* Copy, or "" for what is absent, null, of another type or too long. */
static void
copy(char *dst, size_t size, const char *src)
{
	if (src == NULL || strlen(src) >= size)
		src = "";
	memcpy(dst, src, strlen(src) + 1);
}

static bool
copy_id(char id[MODEL_ID_SIZE], const char *src)
{
	static const char known[] = "0123456789-abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

	copy(id, MODEL_ID_SIZE, src);
	if (strspn(id, known) != strlen(id))
		id[0] = '\0';
	return id[0] != '\0';
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
	copy(secret->name, sizeof(secret->name), member(json, "name"));
	copy(secret->status, sizeof(secret->status), member(json, "status"));
	copy(secret->created, sizeof(secret->created), member(json, "created"));
	return copy_id(secret->id, member(json, "id")) &&
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
	const cJSON *made =
	    cJSON_GetObjectItemCaseSensitive(json, "created_resources");
	const cJSON *secrets =
	    cJSON_GetObjectItemCaseSensitive(made, "secrets");
	const cJSON *data = cJSON_GetObjectItemCaseSensitive(json, "data");
	const char *error = member(json, "error");

	copy(task->type, sizeof(task->type), member(json, "task_type"));
	copy(task->word, sizeof(task->word), member(json, "state"));
	task->state = state_of(task->word);
	task->created = time_of(member(json, "created_on"));
	copy(task->name, sizeof(task->name), member(data, "name"));
	(void)copy_id(task->secret, string_of(cJSON_GetArrayItem(secrets, 0)));
	snprintf(
	    task->error, sizeof(task->error), "%s", error == NULL ? "" : error);
	return copy_id(task->id, member(json, "id")) && task->word[0] != '\0';
}

static bool
read_place(const cJSON *json, struct place *place)
{
	const char *name = member(json, "name");

	if (!read_number(json, "id", &place->id) || place->id < 1)
		return false;
	place->is_default =
	    cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(json, "is_default"));
	copy(place->name, sizeof(place->name),
	    name != NULL ? name : member(json, "display_name"));
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

static bool
read_page(const struct buf *text, bool (*take)(const cJSON *, void *),
    void *list, size_t *got, size_t *total)
{
	CLEANUP(json_free) cJSON *json = parse(text);
	const cJSON *count = cJSON_GetObjectItemCaseSensitive(json, "count");
	const cJSON *results =
	    cJSON_GetObjectItemCaseSensitive(json, "results");
	const cJSON *item;

	if (!cJSON_IsNumber(count) || !cJSON_IsArray(results) ||
	    count->valuedouble < 0 || count->valuedouble > 1e9)
		return false;
	*total = (size_t)count->valuedouble;
	*got = 0;
	cJSON_ArrayForEach(item, results)
	{
		if (!cJSON_IsObject(item) || !take(item, list))
			return false;
		(*got)++;
	}
	return true;
}

bool
wire_secrets(const struct buf *text, struct secret_list *list, size_t *got,
    size_t *total)
{
	return read_page(text, take_secret, list, got, total);
}

bool
wire_tasks(
    const struct buf *text, struct task_list *list, size_t *got, size_t *total)
{
	return read_page(text, take_task, list, got, total);
}

bool
wire_places(
    const struct buf *text, struct place_list *list, size_t *got, size_t *total)
{
	return read_page(text, take_place, list, got, total);
}

bool
wire_task(const struct buf *text, struct task *task)
{
	CLEANUP(json_free) cJSON *json = parse(text);

	return cJSON_IsObject(json) && read_task(json, task);
}

bool
wire_change_id(const struct buf *text, char id[MODEL_ID_SIZE])
{
	CLEANUP(json_free) cJSON *json = parse(text);
	const cJSON *tasks = cJSON_GetObjectItemCaseSensitive(json, "tasks");
	int count = cJSON_GetArraySize(tasks);

	id[0] = '\0';
	return cJSON_IsArray(tasks) &&
	       (count == 0 ||
		   (count == 1 &&
		       copy_id(id, string_of(cJSON_GetArrayItem(tasks, 0)))));
}

bool
wire_task_id(const struct buf *text, char id[MODEL_ID_SIZE])
{
	return wire_change_id(text, id) && id[0] != '\0';
}

static bool
read_quota(const cJSON *json, struct quota *quota)
{
	return read_number(json, "secret_count_limit", &quota->limit) &&
	       read_number(json, "secret_count_usage", &quota->usage);
}

bool
wire_quota(const struct buf *text, int64_t region, struct quota *quota)
{
	CLEANUP(json_free) cJSON *json = parse(text);
	const cJSON *regions =
	    cJSON_GetObjectItemCaseSensitive(json, "regional_quotas");
	const cJSON *item;
	int64_t id;

	*quota = (struct quota){0};
	cJSON_ArrayForEach(item, regions)
	{
		if (read_number(item, "region_id", &id) && id == region)
			quota->known = read_quota(item, quota);
	}
	return cJSON_IsObject(json);
}

/* --- refusals ------------------------------------------------------------- */

void
wire_refusal(const struct buf *text, char *message, size_t size)
{
	CLEANUP(json_free) cJSON *json = parse(text);
	static const char *const members[] = {"message", "detail", "error"};
	const char *class = member(json, "exception_class");
	const char *request = member(json, "request_id");
	CLEANUP(mem_freep) char *printed = NULL;
	const char *said = NULL;

	for (size_t i = 0; said == NULL && i < COUNTOF(members); i++)
		said = member(json, members[i]);
	if (said == NULL && cJSON_HasObjectItem(json, "errors"))
		said = printed = cJSON_PrintUnformatted(
		    cJSON_GetObjectItemCaseSensitive(json, "errors"));
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

/* Put `value` into `object` or free it; false without memory, or where
 * either is NULL for want of it. */
static bool
put(cJSON *object, const char *name, cJSON *value)
{
	if (cJSON_AddItemToObject(object, name, value))
		return true;
	cJSON_Delete(value);
	return false;
}

/* An object of strings that are not copied; those without a value are left
 * out. NULL without memory. */
static cJSON *
object_of(const struct row *rows, size_t count)
{
	cJSON *json = cJSON_CreateObject();

	for (size_t i = 0; i < count; i++) {
		if (rows[i].value == NULL || rows[i].value[0] == '\0' ||
		    put(json, rows[i].name,
			cJSON_CreateStringReference(rows[i].value)))
			continue;
		cJSON_Delete(json);
		return NULL;
	}
	return json;
}

/* Into `body`, in at most `room` bytes; a NULL `json` is no memory. */
static bool
print(cJSON *json, size_t room, struct buf *body, struct fail *fail)
{
	if (json == NULL)
		return fail_memory(fail);
	if (!buf_reserve(body, room, fail))
		return false;
	if (!cJSON_PrintPreallocated(json, (char *)body->data, (int)room, 0))
		return fail_memory(fail);
	body->len = strlen((const char *)body->data);
	return true;
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

	if (draft->bit_length > 0 &&
	    !put(json, "bit_length", cJSON_CreateNumber(draft->bit_length)))
		return fail_memory(fail);
	return print(
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

	if (!put(json, "payload", object_of(rows, COUNTOF(rows))))
		return fail_memory(fail);
	/* The ends of lines become two bytes each. */
	for (size_t i = 0; i < COUNTOF(rows); i++)
		room += 2 * strlen(rows[i].value);
	return print(json, room, body, fail);
}
