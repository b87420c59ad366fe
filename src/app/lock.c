#include "app/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"

/* How often a lock that is held is tried again. */
#define STEP_MS 100

static const char *
folder(const struct cfg *cfg)
{
	if (cfg->lock_dir != NULL)
		return cfg->lock_dir;
	/* Not $XDG_RUNTIME_DIR: a login has it, cron has not. */
	return access("/run/lock", W_OK) == 0 ? "/run/lock" : "/tmp";
}

/* Whoever may write to the folder could have put another file there. */
static bool
open_file(const char *dir, int *fd, struct fail *fail)
{
	CLEANUP(buf_clear) struct buf path = {0};
	struct stat st;

	if (!buf_printf(&path, fail, "%s/certupload-%lu.lock", dir,
		(unsigned long)geteuid()))
		return false;
	*fd = open(buf_text(&path),
	    O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	if (*fd < 0) {
		fail_set(fail, FAIL_USAGE, "%s: cannot open this lock: %s",
		    buf_text(&path), strerror(errno));
		return fail_hint(
		    fail, "name a folder of your own with --lock-dir");
	}
	if (fstat(*fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_uid == geteuid())
		return true;
	lock_release(fd);
	fail_set(fail, FAIL_USAGE, "%s: this lock is somebody else's",
	    buf_text(&path));
	return fail_hint(fail, "name a folder of your own with --lock-dir");
}

static bool
try_lock(int fd)
{
	return flock(fd, LOCK_EX | LOCK_NB) == 0;
}

/* Wait for the run that has it. */
static bool
wait_lock(int fd, int64_t deadline_ms, struct fail *fail)
{
	log_line(LOG_INFO, "waiting for another run to end");
	while (!try_lock(fd)) {
		if (clock_ms() >= deadline_ms) {
			fail_set(fail, FAIL_LOCKED,
			    "another run had the lock all the time");
			return fail_hint(
			    fail, "see what it waits for, or run again later");
		}
		(void)poll(NULL, 0, STEP_MS);
	}
	return true;
}

enum lock_state
lock_take(
    const struct cfg *cfg, int64_t deadline_ms, int *fd, struct fail *fail)
{
	if (!open_file(folder(cfg), fd, fail))
		return LOCK_FAILED;
	if (try_lock(*fd))
		return LOCK_HELD;
	if (cfg->lock == CFG_LOCK_WAIT && wait_lock(*fd, deadline_ms, fail))
		return LOCK_HELD;
	lock_release(fd);
	if (cfg->lock == CFG_LOCK_SKIP) {
		log_line(LOG_INFO, "another run has the lock: nothing done");
		return LOCK_OTHER;
	}
	if (cfg->lock == CFG_LOCK_FAIL) {
		fail_set(fail, FAIL_LOCKED, "another run has the lock");
		fail_hint(fail, "run again when it has ended");
	}
	return LOCK_FAILED;
}

void
lock_release(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}
