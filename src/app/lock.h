/* One run at a time on this host: an advisory lock (flock(2)). */
#ifndef APP_LOCK_H
#define APP_LOCK_H

#include "app/cfg.h"

enum lock_state {
	LOCK_HELD,  /* by this run: `*fd` */
	LOCK_OTHER, /* another run has it, and this one should be skipped */
	LOCK_FAILED,
};

/*
 * Take the lock of this user in cfg->lock_dir, or /run/lock, or /tmp, as
 * cfg->lock says, waiting at most until `deadline_ms`. The file stays;
 * closing `*fd` (lock_release) gives the lock back, and so does any end of
 * the process. FAIL_LOCKED: another run has it; FAIL_USAGE: the folder cannot
 * be used.
 */
enum lock_state lock_take(
    const struct cfg *cfg, int64_t deadline_ms, int *fd, struct fail *fail);
void lock_release(int *fd);

#endif
