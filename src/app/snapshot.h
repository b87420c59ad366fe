/* Several files at a moment: are they being replaced? Pure. */
#ifndef APP_SNAPSHOT_H
#define APP_SNAPSHOT_H

#include <sys/stat.h>

#include "base/defs.h"

/* An ACME client writes key, certificate and chain within so many seconds of
 * each other. */
#define SNAPSHOT_FRESH 2

/* {0} of no files. */
struct snapshot {
	uint64_t hash; /* of what tells a file from the one before it */
	bool fresh;    /* one was written in the seconds before */
};

/* Add a file; {0} if it is missing. `now` is in seconds since 1970. A file
 * from the future, by a wrong clock, is not fresh. */
void snapshot_add(
    struct snapshot *snapshot, const struct stat *file, int64_t now);

/* May these files change once more? `before` and `after` they were read. */
bool snapshot_is_moving(
    const struct snapshot *before, const struct snapshot *after);

#endif
