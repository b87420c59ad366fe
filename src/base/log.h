/* Everything certupload says on standard error. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/fail.h"

enum log_level {
	LOG_ERROR = -1, /* failures, even under -q */
	LOG_NOTE = 0,   /* warnings and notes */
	LOG_INFO = 1,   /* -v: what is being done */
	LOG_DEBUG = 2,  /* -vv: each request */
};

/* Lines above `level` are not written. */
void log_set_level(enum log_level level);

/* Show the status line (log_status)? Only where a person watches. */
void log_set_status(bool shown);

/* Write "certupload: <text>\n" in one write(2), made safe to show. */
void log_line(enum log_level level, const char *format, ...) PRINTF_LIKE(2, 3);

/* Write what went wrong, and the next step on a line of its own. */
void log_fail(const struct fail *fail);

/*
 * Replace the status line at the bottom of the terminal; "" takes it away.
 * Lines written meanwhile appear above it. Nothing happens unless
 * log_set_status(true).
 */
void log_status(const char *format, ...) PRINTF_LIKE(1, 2);

#endif
