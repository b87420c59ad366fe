#include "gcore/resolve.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gcore/wire.h"

/* Names shown when none fits. */
#define SHOWN 10

void
resolve_init(struct resolve *resolve, struct api *api, const char *project,
    const char *region)
{
	*resolve =
	    (struct resolve){.api = api, .project = project, .region = region};
}

void
resolve_clear(struct resolve *resolve)
{
	place_list_clear(&resolve->list);
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
resolve_choose(const struct place_list *list, const char *what,
    const char *name, int64_t *id, struct fail *fail)
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
failed(struct resolve *resolve)
{
	resolve->at = RESOLVE_DONE;
	return FLOW_DONE;
}

static enum flow_next
next(void *self, struct flow_step *step)
{
	struct resolve *resolve = self;
	struct api *api = resolve->api;

	if (resolve->at == RESOLVE_PROJECT &&
	    is_number(resolve->project, &api->project))
		resolve->at = RESOLVE_REGION;
	if (resolve->at == RESOLVE_REGION &&
	    is_number(resolve->region, &api->region))
		resolve->at = RESOLVE_DONE;
	if (resolve->at == RESOLVE_DONE)
		return FLOW_DONE;
	if (resolve->at == RESOLVE_PROJECT
		? api_projects(
		      api, resolve->list.count, &step->request, &resolve->fail)
		: api_regions(
		      api, resolve->list.count, &step->request, &resolve->fail))
		return FLOW_SEND;
	return failed(resolve);
}

static bool
accept(void *self, const struct http_response *response)
{
	struct resolve *resolve = self;
	bool project = resolve->at == RESOLVE_PROJECT;
	size_t got, total;

	if (!wire_places(&response->body, &resolve->list, &got, &total))
		return false;
	if (got > 0 && resolve->list.count < total)
		return true;
	if (!resolve_choose(&resolve->list, project ? "project" : "region",
		project ? resolve->project : resolve->region,
		project ? &resolve->api->project : &resolve->api->region,
		&resolve->fail)) {
		failed(resolve);
		return true;
	}
	place_list_clear(&resolve->list);
	resolve->at++;
	return true;
}

static void
refuse(void *self, enum retry_verdict verdict,
    const struct http_response *response)
{
	struct resolve *resolve = self;

	(void)verdict;
	api_refusal(response,
	    resolve->at == RESOLVE_PROJECT ? "listing projects"
					   : "listing regions",
	    &resolve->fail);
	failed(resolve);
}

static void
stop(void *self, bool in_flight, const struct fail *why)
{
	struct resolve *resolve = self;

	(void)in_flight;
	resolve->fail = *why;
	fail_in(&resolve->fail, "looking up project and region");
	failed(resolve);
}

const struct flow_ops resolve_flow = {next, accept, refuse, stop};
