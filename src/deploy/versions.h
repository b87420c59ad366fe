/* The versions of one certificate's name among the secrets: which are older,
 * which one goes back to, which are too many. Pure. */
#ifndef DEPLOY_VERSIONS_H
#define DEPLOY_VERSIONS_H

#include "deploy/plan.h"

/* Is `secret` one of the versions called `lineage`? */
bool version_is_of(const struct secret *secret, const char *lineage);

/* Two secrets of ours by lineage, then the newest first: the one whose
 * certificate ends later, or else was made later. As for qsort. */
int version_order(const struct secret *a, const struct secret *b);

/*
 * The ids of the versions of the same lineage that are older than the secret
 * called `name`, with the id `wanted` ("" while it is not there yet), in the
 * empty `older`: those that were uploaded before the certificate was `issued`
 * (seconds), so that one of a shorter life counts as newer; those whose
 * certificates end sooner, or on the same day and were made before; and others
 * of the very same name. False without memory.
 */
bool versions_older(const struct secret_list *secrets, const char *name,
    const char *wanted, int64_t issued, struct id_list *older) MUST_CHECK;

/*
 * The ids of the versions of `lineage` beyond the newest `keep`, in the empty
 * `surplus`, but for `wanted`, which is newer than `older`, and those that any
 * of `referrers` refers to. False without memory.
 */
bool versions_surplus(const struct secret_list *secrets,
    const struct referrer_list *referrers, const char *lineage,
    const char *wanted, const struct id_list *older, size_t keep,
    struct id_list *surplus) MUST_CHECK;

/*
 * The way back: `*current` is the version of `lineage` in use that was uploaded
 * last, `*target` the last one uploaded before it that is healthy and not
 * expired `today`.
 * FAIL_REFUSED where there is none.
 */
bool versions_back(const struct secret_list *secrets,
    const struct referrer_list *referrers, const char *lineage,
    const char *today, const struct secret **current,
    const struct secret **target, struct fail *fail) MUST_CHECK;

/* Does any of them refer to the secret? */
bool versions_is_used(const struct referrer_list *referrers, const char *id);

#endif
