/*
 * The blocks of a PEM text (RFC 7468) as people have it: text around and
 * between them, any line ends, blanks at either end of a line, a byte order
 * mark. OpenSSL's own reader stops silently at a damaged block; here it is
 * an error that names the block.
 */
#ifndef PKI_PEM_H
#define PKI_PEM_H

#include "base/buf.h"

struct pem_block {
	char label[64];  /* "CERTIFICATE" */
	size_t line;     /* of its BEGIN, from 1 */
	struct buf text; /* the block alone, lines trimmed and ended by LF */
};

/* Where a reader of a PEM text stands; {.text, .len} is its beginning. */
struct pem_reader {
	const char *text;
	size_t len, at, line;
};

/* Is there any line that begins a block? */
bool pem_has_block(const char *text, size_t len);

/*
 * The next block, in `block` (cleared by the caller). `*end` instead when
 * there is none. FAIL_INPUT for a block without its END, an END of another
 * label or without BEGIN, a NUL or other control byte inside.
 */
bool pem_next(struct pem_reader *reader, struct pem_block *block, bool *end,
    struct fail *fail) MUST_CHECK;

void pem_block_clear(struct pem_block *block);

#endif
