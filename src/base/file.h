/* Files read whole and written whole, checked on the open descriptor. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base/buf.h"

enum file_kind {
	FILE_PUBLIC,
	FILE_SECRET, /* must not be readable by group and others, unless owned
			by root and at most 0640; pipes are taken as they are */
};

/*
 * Read all of `path` ("-": standard input) into the empty `buf`, at most
 * `buf->max` bytes, waiting for pipes at most 60 s between two pieces.
 * Failures name the path: FAIL_INPUT for what the user can mend (missing,
 * unreadable, a directory, too large, too open), FAIL_INTERNAL otherwise.
 */
bool file_read(const char *path, enum file_kind kind, struct buf *buf,
    struct fail *fail) MUST_CHECK;

/*
 * Write `buf` to the new file `path` with mode 0600, whole or not at all: it
 * appears under its name only when it is complete and on disk. An existing
 * one is an error (FAIL_INPUT), or replaced when `force`.
 */
bool file_write(const char *path, bool force, const struct buf *buf,
    struct fail *fail) MUST_CHECK;

#endif
