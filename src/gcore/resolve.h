/* Project and region: given as numbers, or by name and then looked up. */
#ifndef GCORE_RESOLVE_H
#define GCORE_RESOLVE_H

#include "gcore/api.h"
#include "net/flow.h"

/*
 * The flow that sets `api->project` and `api->region` where the texts are
 * not numbers. No project at all: the account's only default project, or its
 * only one. Names are compared as they stand; a region's is its
 * display_name. FAIL_USAGE names what there is to choose from.
 */
struct resolve {
	struct api *api;
	const char *project; /* number, name, or NULL */
	const char *region;  /* number or name */
	enum { RESOLVE_PROJECT, RESOLVE_REGION, RESOLVE_DONE } at;
	struct place_list list;
	struct fail fail;
};

void resolve_init(struct resolve *resolve, struct api *api, const char *project,
    const char *region);
void resolve_clear(struct resolve *resolve);

extern const struct flow_ops resolve_flow;

/*
 * Choose from `list`: the one called `name`; without a name the only default
 * one, or the only one. Pure. `what` is "project" or "region". FAIL_USAGE.
 */
bool resolve_choose(const struct place_list *list, const char *what,
    const char *name, int64_t *id, struct fail *fail) MUST_CHECK;

#endif
