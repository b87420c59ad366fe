/* Files read whole and written whole, checked on the open descriptor. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base/buf.h"

/* How messages call it: "standard input" for "-". */
const char *file_name(const char *path);

/*
 * Read all of `path` ("-": standard input) into the empty `buf`, at most
 * `buf->max` bytes, waiting for pipes at most 60 s between two pieces.
 * `*open_mode` (unless NULL) is the mode of a file that group or others may
 * read or write, and that is not root's with at most 0640; else 0, as for
 * pipes. Failures name the path: FAIL_INPUT for what the user can mend
 * (missing, unreadable, a directory, too large), FAIL_INTERNAL otherwise.
 */
bool file_read(const char *path, struct buf *buf, unsigned *open_mode,
    struct fail *fail) MUST_CHECK;

/* Refuse a file that holds a secret for its `open_mode`. Always false. */
bool file_too_open(const char *path, unsigned open_mode, struct fail *fail);

/* As file_read, refusing what is too open. */
bool file_read_secret(
    const char *path, struct buf *buf, struct fail *fail) MUST_CHECK;

/*
 * Write `buf` to the new file `path` with mode 0600, whole or not at all: it
 * appears under its name only when it is complete and on disk. An existing
 * one is an error (FAIL_INPUT), or replaced when `force`.
 */
bool file_write(const char *path, bool force, const struct buf *buf,
    struct fail *fail) MUST_CHECK;

#endif
