/* The versions of one certificate's name among the secrets: which are older,
 * which one goes back to, which are too many. Pure. */
#ifndef DEPLOY_VERSIONS_H
#define DEPLOY_VERSIONS_H

#include "deploy/plan.h"
#include "gcore/inventory.h"

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

/* What stays of a lineage. */
struct versions_kept {
	const char *lineage;
	const char *wanted;          /* the id of the secret it needs now */
	const struct id_list *older; /* than `wanted` */
	size_t keep;                 /* so many, the newest */
};

/* The ids of its versions that neither stay nor are in use by a listener or
 * pool, in the empty `surplus`. False without memory. */
bool versions_surplus(const struct inventory *inventory,
    const struct versions_kept *kept, struct id_list *surplus) MUST_CHECK;

/* The way back: secrets of the inventory. */
struct versions_way {
	const struct secret *current; /* in use, and uploaded last */
	const struct secret *target;  /* the last one uploaded before it that is
				       * healthy and not expired */
};

/* Find it for `lineage`; `today` is "YYYYMMDD", UTC. FAIL_REFUSED where there
 * is none. */
bool versions_back(const struct inventory *inventory, const char *lineage,
    const char *today, struct versions_way *way, struct fail *fail) MUST_CHECK;

/* Does any of them refer to the secret? */
bool versions_is_used(const struct referrer_list *referrers, const char *id);

#endif
