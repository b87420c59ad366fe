/* The trust anchors that servers are verified with: where libcurl finds
 * them. */
#ifndef NET_ANCHORS_H
#define NET_ANCHORS_H

#include "base/buf.h"

/* Empty: as libcurl is built. */
struct anchors {
	struct buf file; /* PEM */
	struct buf dir;  /* hashed, as `openssl rehash` leaves it */
};

/*
 * Those of the hashed directory `store` (or NULL) and of the PEM file `extra`
 * (or NULL), in the empty `anchors`. FAIL_USAGE when `extra` cannot be read,
 * FAIL_INTERNAL.
 */
bool anchors_find(struct anchors *anchors, const char *store, const char *extra,
    struct fail *fail) MUST_CHECK;
void anchors_clear(struct anchors *anchors);

#endif
