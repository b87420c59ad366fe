#include "handlers.h"

#include <string.h>
#include <strings.h>

struct answer
places_projects(struct context *context)
{
	const struct options *options = context->options;
	const char *name =
	    context->request->query(context->request->data, "name", 0);
	struct page page;

	if (!page_begin(context->request, &page, 100))
		return reply_bad_query();
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

struct answer
places_regions(struct context *context)
{
	const struct options *options = context->options;
	const char *name =
	    context->request->query(context->request->data, "display_name", 0);
	struct page page;

	if (!page_begin(context->request, &page, 100))
		return reply_bad_query();
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
