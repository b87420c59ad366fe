/* Secrets to be deleted, and whose they are. */
#ifndef APP_DELETIONS_H
#define APP_DELETIONS_H

#include "app/batch.h"
#include "deploy/deletion.h"

struct deletions {
	struct deletion *items;
	struct deployment **owners;
	size_t count, cap;
};

/* FAIL_INTERNAL. */
bool deletions_add(struct deletions *deletions, struct deployment *owner,
    const char *id, struct fail *fail) MUST_CHECK;
void deletions_clear(struct deletions *deletions);

/* Delete them all; `deletions->items[...].fail` tells what became of each. */
bool deletions_run(struct batch *batch, struct deletions *deletions,
    struct fail *fail) MUST_CHECK;

#endif
