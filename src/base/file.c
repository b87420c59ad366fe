#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A pipe whose writer says nothing for so long is taken for dead. */
#define PIPE_WAIT_MS (60 * 1000)

#define PIECE ((size_t)16 << 10)

const char *
file_name(const char *path)
{
	return strcmp(path, "-") == 0 ? "standard input" : path;
}

static void
close_fd(int *fd)
{
	if (*fd > STDERR_FILENO)
		close(*fd);
}

static bool
failed(const char *path, struct fail *fail)
{
	int error = errno;

	fail_set(fail, FAIL_INPUT, "%s: %s", path, strerror(error));
	if (error == ENOENT)
		fail_hint(fail, "check the path; nothing was sent");
	else if (error == EACCES)
		fail_hint(fail, "run as a user who may read it");
	return false;
}

static bool
check(const char *path, int fd, unsigned *open_mode, struct fail *fail)
{
	struct stat st;
	bool root_group;

	if (fstat(fd, &st) != 0)
		return failed(path, fail);
	if (S_ISDIR(st.st_mode)) {
		fail_set(fail, FAIL_INPUT, "%s: is a directory", path);
		return fail_hint(fail, "name the file in it");
	}
	root_group = st.st_uid == 0 && (st.st_mode & 037) == 0;
	*open_mode =
	    S_ISREG(st.st_mode) && (st.st_mode & 077) != 0 && !root_group
		? st.st_mode & 07777
		: 0;
	return true;
}

bool
file_too_open(const char *path, unsigned open_mode, struct fail *fail)
{
	fail_set(fail, FAIL_INPUT, "%s: mode %04o lets others read this secret",
	    path, open_mode);
	return fail_hint(fail, "chmod 600 %s", path);
}

/* One piece: true with *got == 0 at the end of the file. */
static bool
read_piece(
    const char *path, int fd, struct buf *buf, size_t *got, struct fail *fail)
{
	struct pollfd wait = {.fd = fd, .events = POLLIN};
	size_t max = buf->max == 0 ? BUF_MAX : buf->max;
	size_t want = max - buf->len < PIECE ? max - buf->len : PIECE;
	unsigned char beyond;
	ssize_t n;
	int ready;

	if (!buf_reserve(buf, want, fail))
		return fail_in(fail, "%s", path);
	do {
		ready = poll(&wait, 1, PIPE_WAIT_MS);
		if (ready == 0)
			return fail_set(fail, FAIL_INPUT,
			    "%s: no data for %d seconds", path,
			    PIPE_WAIT_MS / 1000);
		n = want == 0 ? read(fd, &beyond, 1)
			      : read(fd, buf->data + buf->len, want);
	} while (n < 0 && (errno == EINTR || errno == EAGAIN));
	if (n < 0)
		return failed(path, fail);
	if (n > 0 && want == 0)
		return fail_set(
		    fail, FAIL_INPUT, "%s: larger than %zu bytes", path, max);
	buf->len += (size_t)n;
	buf->data[buf->len] = '\0';
	*got = (size_t)n;
	return true;
}

bool
file_read(
    const char *path, struct buf *buf, unsigned *open_mode, struct fail *fail)
{
	const char *shown = file_name(path);
	CLEANUP(close_fd) int fd = -1;
	unsigned mode = 0;
	size_t got = 0;

	/* O_NONBLOCK: opening a pipe nobody writes to must not hang. */
	fd = shown != path
		 ? STDIN_FILENO
		 : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return failed(path, fail);
	if (!check(shown, fd, open_mode == NULL ? &mode : open_mode, fail))
		return false;
	do {
		if (!read_piece(shown, fd, buf, &got, fail)) {
			buf_clear(buf);
			return false;
		}
	} while (got > 0);
	return true;
}

bool
file_read_secret(const char *path, struct buf *buf, struct fail *fail)
{
	unsigned open_mode = 0;

	if (!file_read(path, buf, &open_mode, fail))
		return false;
	if (open_mode == 0)
		return true;
	buf_clear(buf);
	return file_too_open(path, open_mode, fail);
}

static bool
write_all(int fd, const struct buf *buf)
{
	for (size_t done = 0; done < buf->len;) {
		ssize_t n = write(fd, buf->data + done, buf->len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		done += (size_t)n;
	}
	return fsync(fd) == 0;
}

bool
file_write(
    const char *path, bool force, const struct buf *buf, struct fail *fail)
{
	CLEANUP(close_fd) int fd = -1;
	CLEANUP(buf_clear) struct buf draft = {0};
	bool done;

	if (!buf_printf(&draft, fail, "%s.XXXXXX", path))
		return false;
	if (!force && access(path, F_OK) == 0) {
		fail_set(fail, FAIL_INPUT, "%s: exists already", path);
		return fail_hint(fail, "--force replaces it");
	}
	if ((fd = mkostemp((char *)draft.data, O_CLOEXEC)) < 0)
		return failed(path, fail);
	/* link(2) fails where rename(2) would replace. */
	done = fchmod(fd, 0600) == 0 && write_all(fd, buf) &&
	       (force ? rename((char *)draft.data, path)
		      : link((char *)draft.data, path)) == 0;
	if (!done)
		failed(path, fail);
	if (!done || !force)
		unlink((char *)draft.data);
	return done;
}
