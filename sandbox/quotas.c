#include "handlers.h"

#include <string.h>

/* The only client there is, as the projects say. */
#define CLIENT 1

/* Unfinished creates count: they were promised a place. */
static int
usage(const struct state *state, int region)
{
	int count = 0;

	for (size_t i = 0; i < state->secret_count; i++)
		count += state->secrets[i].region == region;
	for (size_t i = state->first_active; i < state->task_count; i++)
		count += state->tasks[i].region == region &&
			 !state->tasks[i].ended &&
			 strcmp(state->tasks[i].type, "create_secret") == 0;
	return count;
}

static cJSON *
describe(const struct context *context, int region)
{
	cJSON *json = cJSON_CreateObject();

	cJSON_AddNumberToObject(json, "region_id", region);
	if (context->options->quota < 0)
		return json;
	cJSON_AddNumberToObject(
	    json, "secret_count_limit", context->options->quota);
	cJSON_AddNumberToObject(
	    json, "secret_count_usage", usage(context->state, region));
	return json;
}

/* Only quotas that were set are listed. */
struct answer
quotas_client(struct context *context)
{
	const struct options *options = context->options;
	cJSON *json = cJSON_CreateObject(), *list;

	cJSON_AddObjectToObject(json, "global_quotas");
	list = cJSON_AddArrayToObject(json, "regional_quotas");
	for (int i = 0; options->quota >= 0 && i < options->region_count; i++)
		cJSON_AddItemToArray(
		    list, describe(context, options->regions[i].id));
	return (struct answer){200, json};
}

struct answer
quotas_regional(struct context *context)
{
	if (context->client != CLIENT)
		return reply_not_found("Client", "");
	return (struct answer){200, describe(context, context->region)};
}

/* The status of this refusal is documented nowhere. */
bool
quotas_refuse(const struct context *context, struct answer *refusal)
{
	int limit = context->options->quota;
	int used = usage(context->state, context->region);
	cJSON *info;

	if (limit < 0 || used < limit)
		return false;
	*refusal = reply_refuse(
	    400, "QuotaLimitExceed", "Quota limit exceeded for secrets");
	info = cJSON_AddObjectToObject(refusal->json, "info");
	cJSON_AddStringToObject(info, "attribute", "secret_count_limit");
	cJSON_AddNumberToObject(info, "current_usage", used);
	cJSON_AddNumberToObject(info, "requested_usage", 1);
	cJSON_AddNumberToObject(info, "limit", limit);
	return true;
}
