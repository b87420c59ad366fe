#include "handlers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "lbkind.h"

/* Which of them a request is about: /cloud/v1/<path>/... */
static enum lb_kind
kind_of(const struct context *context)
{
	const char *word = context->request->path + strlen("/cloud/v1/");
	size_t len = strcspn(word, "/");

	for (size_t i = 0; i < LBKIND_COUNT; i++)
		if (strlen(lbkinds[i].path) == len &&
		    strncmp(lbkinds[i].path, word, len) == 0)
			return (enum lb_kind)i;
	abort(); /* the table of routes has no others */
}

static struct lb_record *
find(const struct context *context, enum lb_kind kind, const char *id)
{
	return lb_find(
	    context->state, kind, context->project, context->region, id);
}

/* --- somebody else -------------------------------------------------------- */

/* The listener that a list-edit is about: the one named, or the first that
 * takes secrets. */
static struct lb_record *
edited(const struct context *context)
{
	const struct state *state = context->state;

	if (context->id[0] != '\0')
		return find(context, LB_LISTENER, context->id);
	for (size_t i = 0; i < state->record_count; i++) {
		const char *protocol =
		    schema_text(state->records[i].json, "protocol");

		if (state->records[i].kind == LB_LISTENER &&
		    strcmp(protocol, "TERMINATED_HTTPS") == 0 &&
		    state->records[i].project == context->project &&
		    state->records[i].region == context->region)
			return &state->records[i];
	}
	return NULL;
}

/* A task that does nothing but hold this balancer for a while. */
static void
hold(const struct context *context, const char *balancer)
{
	struct lb_change *change = calloc(1, sizeof(*change));
	struct state_task *task =
	    state_task_new(context->state, "update_loadbalancer",
		context->project, context->region, context->request->now_ms);

	if (change == NULL)
		abort();
	memcpy(change->target.balancer, balancer, STATE_ID_SIZE);
	task->end_ms += context->fault->number;
	task->change = change;
}

/* What the fault of this request lets others do first. */
static void
interfere(const struct context *context, const char *balancer)
{
	struct lb_record *listener;

	if (context->fault->kind == FAULT_LOCK && balancer != NULL)
		hold(context, balancer);
	if (context->fault->kind == FAULT_LIST_EDIT &&
	    (listener = edited(context)) != NULL)
		lb_edit(context->state, listener);
}

/* --- changes -------------------------------------------------------------- */

static bool
is_locked(
    const struct context *context, const char *balancer, struct answer *refusal)
{
	char message[128];

	if (lb_lock(context->state, balancer) == NULL)
		return false;
	snprintf(message, sizeof(message),
	    "%s %s is immutable and cannot be updated.",
	    lbkinds[LB_BALANCER].noun, balancer);
	*refusal = reply_refuse(409, "ConflictError", message);
	return true;
}

/* Begin the task of a change, taking over `json` and `patch`. */
static struct answer
begin(struct context *context, const char *type, struct lb_change draft)
{
	struct state_task *task = tasks_begin(context, type);
	struct lb_change *change = calloc(1, sizeof(*change));

	if (change == NULL)
		abort();
	*change = draft;
	change->breaks = context->fault->kind == FAULT_LISTENER_ERROR;
	change->unserved = context->fault->kind == FAULT_NOT_SERVED;
	task->change = change;
	if (draft.verb == LB_CREATE) {
		task->makes = lbkinds[draft.target.kind].makes;
		memcpy(task->made, draft.target.id, sizeof(task->made));
	}
	cJSON_AddStringToObject(context->entry, "task", task->id);
	return reply_tasks(task);
}

/* The journal tells which secrets were wanted where. */
static void
note_secrets(struct context *context, const cJSON *body)
{
	static const char *const members[] = {
	    "secret_id", "sni_secret_id", "ca_secret_id", "crl_secret_id"};

	for (size_t i = 0; i < COUNTOF(members); i++) {
		const cJSON *value =
		    cJSON_GetObjectItemCaseSensitive(body, members[i]);

		if (value != NULL)
			cJSON_AddItemToObject(context->entry, members[i],
			    cJSON_Duplicate(value, 1));
	}
}

static bool
has_secrets(const cJSON *body)
{
	const char *own = schema_text(body, "secret_id");
	const cJSON *sni =
	    cJSON_GetObjectItemCaseSensitive(body, "sni_secret_id");

	return (own != NULL && own[0] != '\0') || cJSON_GetArraySize(sni) > 0;
}

/* May a listener of this protocol have the secrets of `body`? */
static bool
may_have_secrets(
    const char *protocol, const cJSON *body, struct schema_error *error)
{
	return !has_secrets(body) ||
	       strcmp(protocol, "TERMINATED_HTTPS") == 0 ||
	       strcmp(protocol, "PROMETHEUS") == 0 ||
	       schema_wrong(error, "secret_id",
		   "Only TERMINATED_HTTPS and PROMETHEUS listeners have "
		   "secrets.");
}

/* --- create --------------------------------------------------------------- */

/* Takes over `value`; a member the record has not is left out. */
static void
replace(cJSON *json, const char *name, cJSON *value)
{
	if (!cJSON_ReplaceItemInObjectCaseSensitive(json, name, value))
		cJSON_Delete(value);
}

/* [{"id": id}] */
static cJSON *
list_of(const char *id)
{
	cJSON *list = cJSON_CreateArray(), *item = cJSON_CreateObject();

	cJSON_AddStringToObject(item, "id", id);
	cJSON_AddItemToArray(list, item);
	return list;
}

/* Its own address, other than those of sandboxes beside this one. */
static void
dress_balancer(struct context *context, struct lb_record *record)
{
	const struct options *options = context->options;
	unsigned pid = (unsigned)getpid(), last = 0;
	char text[32];

	for (size_t i = 0; i < context->state->task_count; i++)
		last += context->state->tasks[i].makes ==
			lbkinds[LB_BALANCER].makes;
	snprintf(text, sizeof(text), "127.%u.%u.%u", 128 | (pid >> 8 & 127),
	    pid & 255, 1 + last % 254);
	replace(record->json, "vip_address", cJSON_CreateString(text));
	clock_iso(clock_wall(), text);
	cJSON_AddStringToObject(record->json, "created_at", text);
	cJSON_AddNumberToObject(record->json, "project_id", record->project);
	cJSON_AddNumberToObject(record->json, "region_id", record->region);
	for (int i = 0; i < options->region_count; i++)
		if (options->regions[i].id == record->region)
			cJSON_AddStringToObject(
			    record->json, "region", options->regions[i].name);
}

/* The record a create would make, its members as the body has them. */
static struct lb_record
draft_of(struct context *context, enum lb_kind kind, const cJSON *body,
    const char *balancer)
{
	struct lb_record record = {.kind = kind,
	    .project = context->project,
	    .region = context->region,
	    .json = cJSON_Parse(lbkinds[kind].fresh)};
	const char *listener = schema_text(body, "listener_id");

	state_uuid(record.id);
	memcpy(record.balancer, balancer == NULL ? record.id : balancer,
	    sizeof(record.balancer));
	cJSON_AddStringToObject(record.json, "id", record.id);
	for (const cJSON *item = body->child; item != NULL; item = item->next)
		replace(record.json, item->string, cJSON_Duplicate(item, 1));
	if (kind == LB_BALANCER)
		dress_balancer(context, &record);
	if (kind == LB_POOL)
		replace(record.json, "loadbalancers", list_of(balancer));
	if (kind == LB_POOL && listener != NULL)
		replace(record.json, "listeners", list_of(listener));
	return record;
}

static bool
port_is_taken(
    const struct context *context, const char *balancer, const cJSON *body)
{
	const struct state *state = context->state;
	const cJSON *port = cJSON_GetObjectItem(body, "protocol_port");

	for (size_t i = 0; i < state->record_count; i++)
		if (state->records[i].kind == LB_LISTENER &&
		    strcmp(state->records[i].balancer, balancer) == 0 &&
		    cJSON_Compare(port,
			cJSON_GetObjectItem(
			    state->records[i].json, "protocol_port"),
			1))
			return true;
	return false;
}

/* What cannot be seen in the table of its members. */
static bool
check_listener(const struct context *context, const cJSON *body,
    const char *balancer, struct schema_error *error)
{
	const char *protocol = schema_text(body, "protocol");

	if (!may_have_secrets(protocol, body, error))
		return false;
	if (strcmp(protocol, "TERMINATED_HTTPS") == 0 && !has_secrets(body))
		return schema_wrong(error, "secret_id",
		    "A TERMINATED_HTTPS listener needs a secret.");
	return !port_is_taken(context, balancer, body) ||
	       schema_wrong(error, "protocol_port", "It is taken.");
}

/* The balancer a create belongs to; false when it is not there. */
static bool
root_of(const struct context *context, enum lb_kind kind, const cJSON *body,
    const char **balancer)
{
	const char *id = schema_text(body, "load_balancer_id");
	const char *listener_id = schema_text(body, "listener_id");
	const struct lb_record *listener;

	*balancer = NULL;
	if (kind == LB_BALANCER)
		return true;
	if (id != NULL && find(context, LB_BALANCER, id) == NULL)
		return false;
	*balancer = id;
	if (kind == LB_LISTENER || listener_id == NULL)
		return id != NULL;
	listener = find(context, LB_LISTENER, listener_id);
	if (listener == NULL)
		return false;
	*balancer = listener->balancer;
	return id == NULL || strcmp(id, listener->balancer) == 0;
}

static struct answer
create(struct context *context, enum lb_kind kind, const cJSON *body)
{
	struct lb_change change = {.verb = LB_CREATE};
	struct answer refusal;
	struct schema_error error;
	const char *balancer;

	if (!root_of(context, kind, body, &balancer))
		return reply_not_found("Load Balancer or listener", "");
	interfere(context, balancer);
	if (balancer != NULL && is_locked(context, balancer, &refusal))
		return refusal;
	if (kind == LB_LISTENER &&
	    !check_listener(context, body, balancer, &error))
		return reply_invalid(&error);
	note_secrets(context, body);
	change.target = draft_of(context, kind, body, balancer);
	return begin(context, lbkinds[kind].create_task, change);
}

struct answer
balancers_create(struct context *context)
{
	enum lb_kind kind = kind_of(context);
	const struct request *request = context->request;
	struct answer answer;
	struct schema_error error;
	cJSON *body;

	if (!reply_is_json(request))
		return reply_no_json();
	body = schema_parse(
	    request->body, request->body_len, lbkinds[kind].create, &error);
	if (body == NULL)
		return reply_invalid(&error);
	answer = create(context, kind, body);
	cJSON_Delete(body);
	return answer;
}

/* --- patch and delete ----------------------------------------------------- */

/* The members of `body` that would change `record`. */
static cJSON *
difference(const struct lb_record *record, const struct schema_field *field,
    const cJSON *body)
{
	cJSON *patch = cJSON_CreateObject();

	for (; field->name != NULL; field++) {
		const cJSON *value =
		    cJSON_GetObjectItemCaseSensitive(body, field->name);

		if (value != NULL && !cJSON_Compare(value,
					 cJSON_GetObjectItemCaseSensitive(
					     record->json, field->name),
					 1))
			cJSON_AddItemToObject(
			    patch, field->name, cJSON_Duplicate(value, 1));
	}
	return patch;
}

static struct lb_record
without_json(const struct lb_record *record)
{
	struct lb_record copy = *record;

	copy.json = NULL;
	return copy;
}

static struct answer
patch(struct context *context, const struct lb_record *record, cJSON *body)
{
	const struct lbkind *kind = &lbkinds[record->kind];
	struct lb_change change = {.verb = LB_PATCH};
	struct schema_error error;

	if (record->kind == LB_LISTENER &&
	    !may_have_secrets(
		schema_text(record->json, "protocol"), body, &error))
		return reply_invalid(&error);
	note_secrets(context, body);
	change.target = without_json(record);
	change.patch = difference(record, kind->patch, body);
	if (change.patch->child != NULL)
		return begin(context, kind->patch_task, change);
	cJSON_Delete(change.patch);
	return reply_tasks(NULL);
}

/* The record of a change, once nothing speaks against changing it. */
static const struct lb_record *
changeable(struct context *context, struct answer *refusal)
{
	enum lb_kind kind = kind_of(context);
	const struct lb_record *record = find(context, kind, context->id);

	if (record == NULL) {
		*refusal = reply_not_found(lbkinds[kind].noun, context->id);
		return NULL;
	}
	interfere(context, record->balancer);
	return is_locked(context, record->balancer, refusal) ? NULL : record;
}

struct answer
balancers_patch(struct context *context)
{
	const struct request *request = context->request;
	const struct lb_record *record;
	struct answer answer;
	struct schema_error error;
	cJSON *body;

	if (!reply_is_json(request))
		return reply_no_json();
	body = schema_parse(request->body, request->body_len,
	    lbkinds[kind_of(context)].patch, &error);
	if (body == NULL)
		return reply_invalid(&error);
	record = changeable(context, &answer);
	if (record != NULL)
		answer = patch(context, record, body);
	cJSON_Delete(body);
	return answer;
}

struct answer
balancers_delete(struct context *context)
{
	struct answer refusal;
	const struct lb_record *record = changeable(context, &refusal);

	if (record == NULL)
		return refusal;
	return begin(context, lbkinds[record->kind].delete_task,
	    (struct lb_change){
		.verb = LB_DELETE, .target = without_json(record)});
}

/* --- get ------------------------------------------------------------------ */

struct answer
balancers_get(struct context *context)
{
	enum lb_kind kind = kind_of(context);
	const struct lb_record *record = find(context, kind, context->id);

	if (record == NULL)
		return reply_not_found(lbkinds[kind].noun, context->id);
	interfere(context, record->balancer);
	return (struct answer){200, lb_json(context->state, record)};
}

/* A filter that is not given lets all pass. */
static bool
passes(const struct context *context, const char *query, const char *value)
{
	const char *wanted = reply_query(context->request, query, 0);

	return wanted == NULL || (value != NULL && strcmp(wanted, value) == 0);
}

struct answer
balancers_list(struct context *context)
{
	const struct state *state = context->state;
	enum lb_kind kind = kind_of(context);
	struct page page;

	if (!page_begin(context->request, &page, 1000))
		return reply_bad_query();
	interfere(context, NULL);
	for (size_t i = 0; i < state->record_count; i++) {
		const struct lb_record *record = &state->records[i];

		if (record->kind == kind &&
		    record->project == context->project &&
		    record->region == context->region &&
		    passes(context, "load_balancer_id", record->balancer) &&
		    passes(
			context, "name", schema_text(record->json, "name")) &&
		    page_wants(&page))
			cJSON_AddItemToArray(
			    page.results, lb_json(state, record));
	}
	return page_end(&page);
}
