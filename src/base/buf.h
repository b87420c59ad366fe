/* Bytes with a length and a maximum. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/fail.h"

/*
 * {0} is an empty one. `data` is NULL or holds `len` bytes and a NUL that is
 * not counted. `max` bounds `len`; 0 means BUF_MAX.
 */
struct buf {
	unsigned char *data;
	size_t len, cap, max;
};

/* No buffer of this program has a reason to be larger. */
#define BUF_MAX ((size_t)64 << 20)

/* Wipe and free the bytes; `max` stays. */
void buf_clear(struct buf *buf);

/* Make room for `more` bytes behind `len`. FAIL_INPUT beyond `max`,
 * FAIL_INTERNAL without memory; the contents stay. */
bool buf_reserve(struct buf *buf, size_t more, struct fail *fail) MUST_CHECK;

/* Append bytes, or formatted text. Failures as buf_reserve. */
bool buf_append(struct buf *buf, const void *bytes, size_t len,
    struct fail *fail) MUST_CHECK;
bool buf_printf(struct buf *buf, struct fail *fail, const char *format, ...)
    PRINTF_LIKE(3, 4) MUST_CHECK;

/* The contents as text, "" when empty. */
const char *buf_text(const struct buf *buf);

#endif
