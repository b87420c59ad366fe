/*
 * The blocks of a PEM text (RFC 7468) as people have it: text around and
 * between them, any line ends, lines of any length, several boundaries on one
 * line, blanks at either end of a line, a byte order mark. OpenSSL's own
 * reader stops silently at a damaged block; here it is an error that names
 * the block.
 */
#ifndef PKI_PEM_H
#define PKI_PEM_H

#include "base/buf.h"

#define PEM_LABEL_SIZE 64

struct pem_block {
	char label[PEM_LABEL_SIZE]; /* "CERTIFICATE" */
	size_t line;                /* of its BEGIN, from 1 */
	/* The block alone: base64 in lines of 64 characters that end in LF. */
	struct buf text;
};

struct pem_line {
	const char *text;
	size_t len;
};

/* Where a reader of a PEM text stands; {.text, .len} is its beginning. */
struct pem_reader {
	const char *text;
	size_t len, at, line;
	struct pem_line rest; /* of the line, behind a boundary */
};

/* May there be a block? */
bool pem_has_block(const char *text, size_t len);

/*
 * The next block, in `block` (cleared by the caller). `*end` instead when
 * there is none. FAIL_INPUT for a block without its END, an END of another
 * label or without BEGIN, a NUL or other control byte inside, the characters
 * \n in place of line ends.
 */
bool pem_next(struct pem_reader *reader, struct pem_block *block, bool *end,
    struct fail *fail) MUST_CHECK;

void pem_block_clear(struct pem_block *block);

#endif
