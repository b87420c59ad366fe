#include "app/target.h"

#include <string.h>

#include "base/array.h"
#include "base/mem.h"

static bool
is_same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

struct target *
target_find(
    const struct target_list *list, const char *project, const char *region)
{
	for (size_t i = 0; i < list->count; i++) {
		struct target *target = &list->items[i];

		if (is_same_text(target->project, project) &&
		    is_same_text(target->region, region))
			return target;
	}
	return NULL;
}

bool
target_add(struct target_list *list, const char *project, const char *region)
{
	if (target_find(list, project, region) != NULL)
		return true;
	if (!array_grow(
		&list->items, list->count, &list->cap, sizeof(*list->items)))
		return false;
	list->items[list->count++] =
	    (struct target){.project = project, .region = region};
	return true;
}

void
target_list_clear(struct target_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		struct target *target = &list->items[i];

		resolve_clear(&target->resolve);
		inventory_poll_clear(&target->poll);
		secret_list_clear(&target->known);
		task_monitor_clear(&target->monitor);
		api_clear(&target->api);
	}
	mem_free(list->items);
	*list = (struct target_list){0};
}

bool
target_is_same(const struct target *a, const struct target *b)
{
	return a->api.project == b->api.project &&
	       a->api.region == b->api.region;
}
