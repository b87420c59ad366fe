#include "reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

struct answer
reply_refuse(int status, const char *class, const char *message)
{
	cJSON *json = cJSON_CreateObject();
	char id[STATE_ID_SIZE];

	state_uuid(id);
	cJSON_AddStringToObject(json, "exception_class", class);
	cJSON_AddStringToObject(json, "message", message);
	cJSON_AddStringToObject(json, "request_id", id);
	return (struct answer){status, json};
}

struct answer
reply_not_found(const char *what, const char *id)
{
	char message[128];

	snprintf(
	    message, sizeof(message), "%s %s could not be found", what, id);
	return reply_refuse(404, "NotFoundError", message);
}

struct answer
reply_invalid(const struct schema_error *error)
{
	struct answer answer =
	    reply_refuse(error->status, "ValidationError", error->message);
	cJSON *fields, *list;

	if (error->field == NULL)
		return answer;
	fields = cJSON_AddObjectToObject(answer.json, "invalid_fields");
	list = cJSON_AddArrayToObject(fields, error->field);
	cJSON_AddItemToArray(list, cJSON_CreateString(error->message));
	return answer;
}

struct answer
reply_bad_query(void)
{
	return reply_refuse(
	    400, "ValidationError", "a query parameter is out of its range");
}

bool
reply_is_json(const struct request *request)
{
	return request->content_type != NULL &&
	       strncasecmp(request->content_type, "application/json", 16) == 0;
}

struct answer
reply_no_json(void)
{
	return reply_refuse(
	    415, "HTTPError", "Content-Type must be application/json");
}

struct answer
reply_tasks(const struct state_task *task)
{
	cJSON *json = cJSON_CreateObject();
	cJSON *list = cJSON_AddArrayToObject(json, "tasks");

	if (task != NULL)
		cJSON_AddItemToArray(list, cJSON_CreateString(task->id));
	return (struct answer){200, json};
}

const char *
reply_query(const struct request *request, const char *name, unsigned index)
{
	return request->query(request->data, name, index);
}

/* --- pages ---------------------------------------------------------------- */

static bool
number_query(const struct request *request, const char *name, int least,
    int most, int *value)
{
	const char *text = reply_query(request, name, 0);
	char *end;
	long n;

	if (text == NULL)
		return true;
	n = strtol(text, &end, 10);
	if (end == text || *end != '\0' || n < least || n > most)
		return false;
	*value = (int)n;
	return true;
}

bool
page_begin(const struct request *request, struct page *page, int limit)
{
	*page = (struct page){.limit = limit};
	if (!number_query(request, "limit", 1, 1000, &page->limit) ||
	    !number_query(request, "offset", 0, 1 << 30, &page->offset))
		return false;
	page->results = cJSON_CreateArray();
	return true;
}

bool
page_wants(struct page *page)
{
	int place = page->count++;

	return place >= page->offset && place < page->offset + page->limit;
}

struct answer
page_end(struct page *page)
{
	cJSON *json = cJSON_CreateObject();

	cJSON_AddNumberToObject(json, "count", page->count);
	cJSON_AddItemToObject(json, "results", page->results);
	return (struct answer){200, json};
}
