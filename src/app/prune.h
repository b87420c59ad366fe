/* Old versions that nobody uses are cleared away, last of all. */
#ifndef APP_PRUNE_H
#define APP_PRUNE_H

#include "app/batch.h"

/*
 * For each deployment that succeeded and has a number of versions to keep: look
 * afresh, and delete those beyond it that no listener or pool refers to.
 * What cannot be deleted now is noted: the next run tries again. False:
 * FAIL_INTERNAL.
 */
bool prune(struct batch *batch, struct fail *fail) MUST_CHECK;

#endif
