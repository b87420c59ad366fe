/* A project and region: where certificates of a run go. */
#ifndef APP_TARGET_H
#define APP_TARGET_H

#include "deploy/inventory_poll.h"
#include "deploy/task_monitor.h"
#include "gcore/resolve.h"

struct target {
	const char *project, *region; /* as the settings spell them */
	struct api api;
	struct resolve resolve;
	struct inventory_poll poll;
	struct secret_list known; /* what was there before creates */
	int64_t since;            /* the server's seconds then; -1 */
	struct task_monitor monitor;
	bool monitor_on;
	struct fail fail; /* code FAIL_NONE while it can be used */
};

struct target_list {
	struct target *items;
	size_t count, cap;
};

/* Have one of these texts; it may move those that are there. False without
 * memory. */
bool target_add(struct target_list *list, const char *project,
    const char *region) MUST_CHECK;

/* The one of these texts, or NULL. */
struct target *target_find(
    const struct target_list *list, const char *project, const char *region);
void target_list_clear(struct target_list *list);

/* Are they the same place, however spelled? Known after the search. */
bool target_is_same(const struct target *a, const struct target *b);

#endif
