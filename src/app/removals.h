/* Secrets to be deleted, and whose they are. */
#ifndef APP_REMOVALS_H
#define APP_REMOVALS_H

#include "app/batch.h"
#include "deploy/removal.h"

struct removals {
	struct removal *items;
	struct unit **owners;
	size_t count, cap;
};

/* FAIL_INTERNAL. */
bool removals_add(struct removals *removals, struct unit *owner, const char *id,
    struct fail *fail) MUST_CHECK;
void removals_clear(struct removals *removals);

/* Delete them all; `removals->items[...].fail` tells what became of each. */
bool removals_run(struct batch *batch, struct removals *removals,
    struct fail *fail) MUST_CHECK;

#endif
