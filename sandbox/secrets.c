#include "handlers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bundle.h"
#include "lb.h"
#include "validate.h"

/* A create that passed validation, taking over `draft` and `payload`. */
static struct answer
create(struct context *context, cJSON *draft, struct buf payload)
{
	const char *name =
	    cJSON_GetStringValue(cJSON_GetObjectItem(draft, "name"));
	struct answer refusal;
	const char *problem;
	struct state_task *task;
	cJSON *bundle = bundle_describe(&payload);

	cJSON_AddStringToObject(context->entry, "name", name);
	cJSON_AddItemToObject(context->entry, "bundle", bundle);
	if (quotas_refuse(context, &refusal)) {
		cJSON_Delete(draft);
		buf_clear(&payload);
		return refusal;
	}
	task = tasks_begin(context, "create_secret");
	task->secret = state_secret_make(
	    context->state, context->project, context->region, name, draft);
	task->secret.bundle = payload;
	task->makes = "secrets";
	memcpy(task->made, task->secret.id, sizeof(task->made));
	problem = bundle_problem(bundle);
	if (context->options->strict_bundle && problem != NULL &&
	    task->error == NULL)
		task->error = strdup(problem);
	cJSON_AddStringToObject(context->entry, "task", task->id);
	cJSON_Delete(draft);
	return reply_tasks(task);
}

/* Validate the body of either version, then create. */
static struct answer
validated(struct context *context, cJSON *(*validate)(const char *, size_t,
				       struct buf *, struct schema_error *))
{
	const struct request *request = context->request;
	struct schema_error error;
	struct buf payload = {0};
	cJSON *draft;

	if (!reply_is_json(request))
		return reply_no_json();
	draft = validate(request->body, request->body_len, &payload, &error);
	if (draft != NULL)
		return create(context, draft, payload);
	buf_clear(&payload);
	return reply_invalid(&error);
}

struct answer
secrets_create(struct context *context)
{
	switch (context->options->v1_status) {
	case 404:
		return reply_not_found("Path", context->request->path);
	case 405:
		return reply_refuse(
		    405, "HTTPError", "HTTP 405: Method Not Allowed");
	case 410:
		return reply_refuse(410, "HTTPError", "HTTP 410: Gone");
	default:
		return validated(context, validate_create);
	}
}

struct answer
secrets_create_pem(struct context *context)
{
	return validated(context, validate_create_pem);
}

struct answer
secrets_list(struct context *context)
{
	struct state *state = context->state;
	struct page page;

	if (!page_begin(context->request, &page, 1000))
		return reply_bad_query();
	if (context->fault->kind == FAULT_COUNT_SHIFT)
		state_secret_add(
		    state, state_secret_make(state, context->project,
			       context->region, "shift", NULL));
	for (size_t i = 0; i < state->secret_count; i++)
		/* Referred to, not copied: the answer is printed at once. */
		if (state->secrets[i].project == context->project &&
		    state->secrets[i].region == context->region &&
		    page_wants(&page))
			cJSON_AddItemReferenceToArray(
			    page.results, state->secrets[i].json);
	return page_end(&page);
}

struct answer
secrets_get(struct context *context)
{
	const struct state_secret *secret = state_secret_find(
	    context->state, context->project, context->region, context->id);

	if (secret == NULL)
		return reply_not_found("Secret", context->id);
	return (struct answer){200, cJSON_Duplicate(secret->json, 1)};
}

struct answer
secrets_delete(struct context *context)
{
	const struct lb_record *user;
	struct state_task *task;
	char message[128];

	if (state_secret_find(context->state, context->project, context->region,
		context->id) == NULL)
		return reply_not_found("Secret", context->id);
	if ((user = lb_user(context->state, context->id)) != NULL) {
		snprintf(message, sizeof(message), "Secret %s is in use by %s",
		    context->id, user->id);
		return reply_refuse(400, "ValidationError", message);
	}
	task = tasks_begin(context, "delete_secret");
	cJSON_AddStringToObject(context->entry, "task", task->id);
	memcpy(task->secret.id, context->id, sizeof(context->id));
	return reply_tasks(task);
}
