#include "routes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "bundle.h"
#include "validate.h"

/* What a handler works on. */
struct context {
	const struct options *options;
	struct state *state;
	const struct routes_request *request;
	const struct fault *fault;
	cJSON *entry;
	int project, region;
	char id[STATE_ID_SIZE]; /* the last part of the path, or "" */
};

/* --- answers -------------------------------------------------------------- */

struct routes_answer
routes_refuse(int status, const char *class, const char *message)
{
	cJSON *json = cJSON_CreateObject();
	char id[STATE_ID_SIZE];

	state_uuid(id);
	cJSON_AddStringToObject(json, "exception_class", class);
	cJSON_AddStringToObject(json, "message", message);
	cJSON_AddStringToObject(json, "request_id", id);
	return (struct routes_answer){status, json};
}

static struct routes_answer
not_found(const char *what, const char *id)
{
	char message[128];

	snprintf(
	    message, sizeof(message), "%s %s could not be found", what, id);
	return routes_refuse(404, "NotFoundError", message);
}

static struct routes_answer
tasks_answer(const struct state_task *task)
{
	cJSON *json = cJSON_CreateObject();
	cJSON *list = cJSON_AddArrayToObject(json, "tasks");

	cJSON_AddItemToArray(list, cJSON_CreateString(task->id));
	return (struct routes_answer){200, json};
}

/* --- pages ---------------------------------------------------------------- */

struct page {
	cJSON *results;
	int limit, offset, count;
};

static bool
number_query(const struct context *context, const char *name, int least,
    int most, int *value)
{
	const char *text =
	    context->request->query(context->request->data, name, 0);
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

/* False for a query the schema refuses. */
static bool
page_begin(const struct context *context, struct page *page, int limit)
{
	*page = (struct page){.limit = limit};
	if (!number_query(context, "limit", 1, 1000, &page->limit) ||
	    !number_query(context, "offset", 0, 1 << 30, &page->offset))
		return false;
	page->results = cJSON_CreateArray();
	return true;
}

/* Is the next record on this page? Counts it. */
static bool
page_wants(struct page *page)
{
	int place = page->count++;

	return place >= page->offset && place < page->offset + page->limit;
}

static struct routes_answer
page_end(struct page *page)
{
	cJSON *json = cJSON_CreateObject();

	cJSON_AddNumberToObject(json, "count", page->count);
	cJSON_AddItemToObject(json, "results", page->results);
	return (struct routes_answer){200, json};
}

static struct routes_answer
bad_query(void)
{
	return routes_refuse(
	    400, "ValidationError", "limit or offset out of range");
}

/* --- secrets -------------------------------------------------------------- */

static struct routes_answer
invalid(const struct validate_error *error)
{
	struct routes_answer answer =
	    routes_refuse(error->status, "ValidationError", error->message);
	cJSON *fields, *list;

	if (error->field == NULL)
		return answer;
	fields = cJSON_AddObjectToObject(answer.json, "invalid_fields");
	list = cJSON_AddArrayToObject(fields, error->field);
	cJSON_AddItemToArray(list, cJSON_CreateString(error->message));
	return answer;
}

static void
spoil_task(const struct fault *fault, struct state_task *task)
{
	switch (fault->kind) {
	case FAULT_TASK_ERROR:
		task->error = strdup(fault->text);
		break;
	case FAULT_TASK_STUCK:
		task->end_ms = INT64_MAX;
		break;
	case FAULT_TASK_STATE:
		task->word = strdup(fault->text);
		break;
	case FAULT_TASK_HIDDEN:
		task->hidden = (unsigned)fault->number;
		break;
	default:
		break;
	}
}

static struct routes_answer
create_secret(struct context *context)
{
	const struct routes_request *request = context->request;
	struct validate_error error;
	struct buf payload = {0};
	struct state_task *task;
	const char *problem, *name;
	cJSON *draft, *bundle;

	if (request->content_type == NULL ||
	    strncasecmp(request->content_type, "application/json", 16) != 0)
		return routes_refuse(
		    415, "HTTPError", "Content-Type must be application/json");
	draft =
	    validate_create(request->body, request->body_len, &payload, &error);
	if (draft == NULL) {
		buf_clear(&payload);
		return invalid(&error);
	}
	name = cJSON_GetStringValue(cJSON_GetObjectItem(draft, "name"));
	bundle = bundle_describe(&payload);
	cJSON_AddStringToObject(context->entry, "name", name);
	cJSON_AddItemToObject(context->entry, "bundle", bundle);
	task = state_task_new(context->state, "create_secret", context->project,
	    context->region, request->now_ms, context->options->task_time_ms);
	task->payload = payload;
	task->secret =
	    state_secret_make(context->project, context->region, name, draft);
	problem = bundle_problem(bundle);
	if (context->options->strict_bundle && problem != NULL)
		task->error = strdup(problem);
	spoil_task(context->fault, task);
	cJSON_AddStringToObject(context->entry, "task", task->id);
	cJSON_Delete(draft);
	return tasks_answer(task);
}

static struct routes_answer
list_secrets(struct context *context)
{
	struct state *state = context->state;
	struct page page;

	if (!page_begin(context, &page, 1000))
		return bad_query();
	if (context->fault->kind == FAULT_COUNT_SHIFT)
		state_secret_add(state, state_secret_make(context->project,
					    context->region, "shift", NULL));
	for (size_t i = 0; i < state->secret_count; i++)
		if (state->secrets[i].project == context->project &&
		    state->secrets[i].region == context->region &&
		    page_wants(&page))
			cJSON_AddItemToArray(page.results,
			    cJSON_Duplicate(state->secrets[i].json, 1));
	return page_end(&page);
}

static struct routes_answer
get_secret(struct context *context)
{
	const struct state_secret *secret = state_secret_find(
	    context->state, context->project, context->region, context->id);

	if (secret == NULL)
		return not_found("Secret", context->id);
	return (struct routes_answer){200, cJSON_Duplicate(secret->json, 1)};
}

static struct routes_answer
delete_secret(struct context *context)
{
	struct state_task *task;

	if (state_secret_find(context->state, context->project, context->region,
		context->id) == NULL)
		return not_found("Secret", context->id);
	task = state_task_new(context->state, "delete_secret", context->project,
	    context->region, context->request->now_ms,
	    context->options->task_time_ms);
	memcpy(task->secret.id, context->id, sizeof(context->id));
	spoil_task(context->fault, task);
	return tasks_answer(task);
}

/* --- tasks ---------------------------------------------------------------- */

static struct routes_answer
get_task(struct context *context)
{
	struct state_task *task = state_task_find(context->state, context->id);

	if (task == NULL || task->hidden > 0) {
		if (task != NULL)
			task->hidden--;
		return not_found("Task", context->id);
	}
	return (struct routes_answer){
	    200, state_task_json(task, context->request->now_ms)};
}

/* Is `value` among the repeated key's values? None given: yes. */
static bool
among(const struct context *context, const char *name, const char *value)
{
	const char *text;

	for (unsigned i = 0; (text = context->request->query(
				  context->request->data, name, i)) != NULL;
	     i++)
		if (strcmp(text, value) == 0)
			return true;
		else if (context->request->query(
			     context->request->data, name, i + 1) == NULL)
			return false;
	return true;
}

static bool
in_time(const struct context *context, const struct state_task *task)
{
	const char *from = context->request->query(
	    context->request->data, "from_timestamp", 0);
	const char *to =
	    context->request->query(context->request->data, "to_timestamp", 0);
	struct tm tm = {0};

	if (from != NULL && strptime(from, "%Y-%m-%dT%H:%M:%S", &tm) != NULL &&
	    task->created < timegm(&tm))
		return false;
	return to == NULL || strptime(to, "%Y-%m-%dT%H:%M:%S", &tm) == NULL ||
	       task->created <= timegm(&tm);
}

static bool
is_wanted(const struct context *context, const struct state_task *task,
    const char *word)
{
	char project[16], region[16];

	snprintf(project, sizeof(project), "%d", task->project);
	snprintf(region, sizeof(region), "%d", task->region);
	return among(context, "task_type", task->type) &&
	       among(context, "state", word) &&
	       among(context, "project_id", project) &&
	       among(context, "region_id", region) && in_time(context, task);
}

/* Newest first, as the API does. */
static struct routes_answer
task_page(struct context *context, bool active_only)
{
	const struct state *state = context->state;
	struct page page;

	if (!page_begin(context, &page, 10))
		return bad_query();
	for (size_t i = state->task_count; i-- > 0;) {
		const struct state_task *task = &state->tasks[i];
		cJSON *json = state_task_json(task, context->request->now_ms);
		const char *word =
		    cJSON_GetStringValue(cJSON_GetObjectItem(json, "state"));
		bool here = task->project == context->project &&
			    task->region == context->region;

		if ((active_only ? here && !task->ended : true) &&
		    is_wanted(context, task, word) && page_wants(&page))
			cJSON_AddItemToArray(page.results, json);
		else
			cJSON_Delete(json);
	}
	return page_end(&page);
}

static struct routes_answer
list_tasks(struct context *context)
{
	return task_page(context, false);
}

static struct routes_answer
active_tasks(struct context *context)
{
	return task_page(context, true);
}

/* --- places --------------------------------------------------------------- */

static struct routes_answer
list_projects(struct context *context)
{
	const struct options *options = context->options;
	const char *name =
	    context->request->query(context->request->data, "name", 0);
	struct page page;

	if (!page_begin(context, &page, 100))
		return bad_query();
	for (int i = 0; i < options->project_count; i++) {
		const struct options_place *place = &options->projects[i];
		cJSON *json;

		if ((name != NULL && strcmp(name, place->name) != 0) ||
		    !page_wants(&page))
			continue;
		json = cJSON_CreateObject();
		cJSON_AddNumberToObject(json, "id", place->id);
		cJSON_AddStringToObject(json, "name", place->name);
		cJSON_AddNumberToObject(json, "client_id", 1);
		cJSON_AddStringToObject(json, "state", "ACTIVE");
		cJSON_AddBoolToObject(json, "is_default", i == 0);
		cJSON_AddItemToArray(page.results, json);
	}
	return page_end(&page);
}

static struct routes_answer
list_regions(struct context *context)
{
	const struct options *options = context->options;
	const char *name =
	    context->request->query(context->request->data, "display_name", 0);
	struct page page;

	if (!page_begin(context, &page, 100))
		return bad_query();
	for (int i = 0; i < options->region_count; i++) {
		const struct options_place *place = &options->regions[i];
		cJSON *json;

		if ((name != NULL && strcasecmp(name, place->name) != 0) ||
		    !page_wants(&page))
			continue;
		json = cJSON_CreateObject();
		cJSON_AddNumberToObject(json, "id", place->id);
		cJSON_AddStringToObject(json, "display_name", place->name);
		cJSON_AddStringToObject(json, "state", "ACTIVE");
		cJSON_AddItemToArray(page.results, json);
	}
	return page_end(&page);
}

/* --- the table ------------------------------------------------------------ */

/* {p}, {r}: a project and region that exist; {id}: a name. */
static const struct route {
	const char *method, *pattern;
	struct routes_answer (*handle)(struct context *);
} routes[] = {
    {"POST", "/cloud/v1/secrets/{p}/{r}", create_secret},
    {"GET", "/cloud/v1/secrets/{p}/{r}", list_secrets},
    {"GET", "/cloud/v1/secrets/{p}/{r}/{id}", get_secret},
    {"DELETE", "/cloud/v1/secrets/{p}/{r}/{id}", delete_secret},
    {"GET", "/cloud/v1/tasks", list_tasks},
    {"GET", "/cloud/v1/tasks/{id}", get_task},
    {"GET", "/cloud/v1/tasks/{p}/{r}/active", active_tasks},
    {"GET", "/cloud/v1/projects", list_projects},
    {"GET", "/cloud/v1/regions", list_regions},
};

static bool
take_number(const char **path, int *number)
{
	char *end;

	*number = (int)strtol(*path, &end, 10);
	if (end == *path)
		return false;
	*path = end;
	return true;
}

static bool
matches(const char *pattern, const char *path, struct context *context)
{
	while (*pattern != '\0') {
		if (strncmp(pattern, "{id}", 4) == 0) {
			size_t len = strcspn(path, "/");

			snprintf(context->id, sizeof(context->id), "%.*s",
			    (int)len, path);
			path += len;
			pattern += 4;
		} else if (*pattern == '{') {
			if (!take_number(&path, pattern[1] == 'p'
						    ? &context->project
						    : &context->region))
				return false;
			pattern += 3;
		} else if (*pattern++ != *path++) {
			return false;
		}
	}
	return *path == '\0';
}

static bool
is_known(const struct options_place *places, int count, int id)
{
	for (int i = 0; i < count; i++)
		if (places[i].id == id)
			return true;
	return id == 0;
}

/* "APIKey <token>", the scheme in any case. */
static const char *
authorize(const struct context *context)
{
	const char *value = context->request->authorization;
	const char *key = context->options->api_key;

	if (value == NULL)
		return "missing";
	return strncasecmp(value, "APIKey ", 7) == 0 &&
		       strcmp(value + 7, key) == 0
		   ? "ok"
		   : "wrong";
}

struct routes_answer
routes_handle(const struct options *options, struct state *state,
    const struct routes_request *request, const struct fault *fault,
    cJSON *entry)
{
	struct context context = {.options = options,
	    .state = state,
	    .request = request,
	    .fault = fault,
	    .entry = entry};
	const char *auth = authorize(&context);
	bool path_known = false;

	cJSON_AddStringToObject(entry, "auth", auth);
	if (strcmp(auth, "ok") != 0)
		return routes_refuse(401, "token_not_valid",
		    "Given token not valid for any token type");
	for (size_t i = 0; i < COUNTOF(routes); i++) {
		if (!matches(routes[i].pattern, request->path, &context))
			continue;
		path_known = true;
		if (strcmp(routes[i].method, request->method) != 0)
			continue;
		if (!is_known(options->projects, options->project_count,
			context.project) ||
		    !is_known(options->regions, options->region_count,
			context.region))
			return not_found("Project or region", "");
		return routes[i].handle(&context);
	}
	if (path_known)
		return routes_refuse(
		    405, "HTTPError", "HTTP 405: Method Not Allowed");
	return not_found("Path", request->path);
}
