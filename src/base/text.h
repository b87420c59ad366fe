/* Text of others (server, certificate, file name) made safe to show. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdarg.h>

#include "base/defs.h"

/*
 * Copy `len` bytes of `src` to `dst` (at most `size` bytes with the final
 * NUL) as printable UTF-8 on one line: control characters, invalid bytes,
 * bidirectional overrides and other invisible format characters (Unicode
 * categories Cc, Cf, Zl, Zp) become \xNN or \u{NNNN}; what does not fit is
 * cut at a character and ends in "...". `src` and `dst` must not overlap.
 */
void text_clean(char *dst, size_t size, const char *src, size_t len);

bool text_is_utf8(const char *text, size_t len);

/* Format as vsnprintf, and make the result safe to show; beyond 2 KiB it is
 * cut. */
void text_format(char *dst, size_t size, const char *format, va_list values)
    PRINTF_LIKE(3, 0);

/*
 * The lines of a text one after the other: false at its end, else `*line`
 * begins one of `*len` bytes (without its LF) and `*rest` the next. `*rest`
 * is the text at first.
 */
bool text_line(const char **rest, const char **line, int *len);

/* Bytes as lower-case hex digits, as many as fit in `size` with the NUL. */
void text_hex(char *dst, size_t size, const unsigned char *bytes, size_t len);

/* Is it a certificate's name in a directory that `openssl rehash` has been
 * through: "1234abcd.0"? */
bool text_is_hash_name(const char *name);

/*
 * Edits (insertions, deletions, substitutions, swaps of neighbours) between
 * two words of at most 63 bytes; longer words are as far apart as can be.
 */
unsigned text_distance(const char *a, const char *b);

#endif
