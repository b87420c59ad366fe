#include "gcore/place.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gcore/wire.h"

/* Names shown when none fits. */
#define SHOWN 10

void
place_search_init(struct place_search *search, struct api *api,
    const char *project, const char *region)
{
	*search = (struct place_search){
	    .api = api, .project = project, .region = region};
}

void
place_search_clear(struct place_search *search)
{
	place_list_clear(&search->list);
}

/* An identifier of 1 and more. */
static bool
is_number(const char *text, int64_t *number)
{
	if (text == NULL || text[0] == '\0' ||
	    strspn(text, "0123456789") != strlen(text))
		return false;
	errno = 0;
	*number = strtoll(text, NULL, 10);
	return errno == 0 && *number > 0;
}

static bool
none(const struct place_list *list, const char *what, const char *name,
    struct fail *fail)
{
	CLEANUP(buf_clear) struct buf names = {0};

	for (size_t i = 0; i < list->count && i < SHOWN; i++)
		if (!buf_printf(&names, fail, "%s%s", i == 0 ? "" : ", ",
			list->items[i].name))
			return false;
	if (name == NULL)
		fail_set(fail, FAIL_USAGE, "no %s is given", what);
	else
		fail_set(fail, FAIL_USAGE, "there is no %s '%s'", what, name);
	return fail_hint(fail, "use --%s with one of: %s%s", what,
	    buf_text(&names), list->count > SHOWN ? ", ..." : "");
}

bool
place_choose(const struct place_list *list, const char *what, const char *name,
    int64_t *id, struct fail *fail)
{
	const struct place *found = NULL;
	size_t defaults = 0;

	for (size_t i = 0; i < list->count; i++)
		defaults += list->items[i].is_default;
	for (size_t i = 0; i < list->count && found == NULL; i++) {
		const struct place *place = &list->items[i];

		if (name != NULL ? strcmp(place->name, name) == 0
				 : (list->count == 1 ||
				       (defaults == 1 && place->is_default)))
			found = place;
	}
	if (found == NULL)
		return none(list, what, name, fail);
	*id = found->id;
	return true;
}

static enum flow_next
failed(struct place_search *search)
{
	search->at = PLACE_DONE;
	return FLOW_DONE;
}

static enum flow_next
next(void *self, struct flow_step *step)
{
	struct place_search *search = self;
	struct api *api = search->api;

	if (search->at == PLACE_PROJECT &&
	    is_number(search->project, &api->project))
		search->at = PLACE_REGION;
	if (search->at == PLACE_REGION &&
	    is_number(search->region, &api->region))
		search->at = PLACE_DONE;
	if (search->at == PLACE_DONE)
		return FLOW_DONE;
	if (search->at == PLACE_PROJECT ? api_projects(api, search->list.count,
					      &step->request, &search->fail)
					: api_regions(api, search->list.count,
					      &step->request, &search->fail))
		return FLOW_SEND;
	http_request_clear(&step->request);
	return failed(search);
}

static bool
accept(void *self, const struct http_response *response)
{
	struct place_search *search = self;
	bool project = search->at == PLACE_PROJECT;
	size_t got, total;

	if (!wire_places(&response->body, &search->list, &got, &total))
		return false;
	if (got > 0 && search->list.count < total)
		return true;
	if (!place_choose(&search->list, project ? "project" : "region",
		project ? search->project : search->region,
		project ? &search->api->project : &search->api->region,
		&search->fail)) {
		failed(search);
		return true;
	}
	place_list_clear(&search->list);
	search->at++;
	return true;
}

static void
refuse(void *self, enum retry_verdict verdict,
    const struct http_response *response)
{
	struct place_search *search = self;

	(void)verdict;
	api_refusal(response,
	    search->at == PLACE_PROJECT ? "listing projects"
					: "listing regions",
	    &search->fail);
	failed(search);
}

static void
stop(void *self, bool in_flight, const struct fail *why)
{
	struct place_search *search = self;

	(void)in_flight;
	search->fail = *why;
	fail_in(&search->fail, "looking up project and region");
	failed(search);
}

const struct flow_ops place_flow = {next, accept, refuse, stop};
