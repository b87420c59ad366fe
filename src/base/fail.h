/* What went wrong, as a value: filled by whoever knows, printed once. */
#ifndef BASE_FAIL_H
#define BASE_FAIL_H

#include "base/defs.h"

/* Classes of failure by what the user can do. The number is the exit
 * status. */
enum fail_code {
	FAIL_NONE = 0,
	FAIL_SEVERAL = 1,    /* for different reasons: read the report */
	FAIL_USAGE = 2,      /* mend the command line or configuration */
	FAIL_INPUT = 3,      /* mend the key, certificate or chain */
	FAIL_NETWORK = 4,    /* server not reached or not trusted */
	FAIL_AUTH = 5,       /* mend the API key */
	FAIL_REFUSED = 6,    /* the server said no, or its task failed */
	FAIL_TIMEOUT = 7,    /* not done at the deadline: run again */
	FAIL_UNKNOWN = 8,    /* a create may have happened: run again */
	FAIL_INTERNAL = 9,   /* out of memory, or our own mistake */
	FAIL_UNSERVED = 10,  /* put to use, but the address serves another */
	FAIL_LOCKED = 11,    /* another run has the lock: run again later */
	FAIL_ATTENTION = 12, /* something needs attention: read the report */
	FAIL_SIGINT = 130,   /* interrupted: run again */
	FAIL_SIGTERM = 143,  /* interrupted: run again */
};

struct fail {
	enum fail_code code;
	char text[512]; /* the fact, clean printable UTF-8, one line */
	char hint[256]; /* the next step, or empty */
};

/*
 * Fill `fail` and clear its hint; the formatted text is made safe to show
 * (text_clean), so arguments may come from anywhere. Always false, so that
 * `return fail_set(...)` reads as what it is.
 */
bool fail_set(struct fail *fail, enum fail_code code, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* Out of memory: fail_set with FAIL_INTERNAL. */
bool fail_memory(struct fail *fail);

/* Say where: put the formatted text and ": " before the fact. Always
 * false. */
bool fail_in(struct fail *fail, const char *format, ...) PRINTF_LIKE(2, 3);

/* Say the next step, in one sentence. Always false. */
bool fail_hint(struct fail *fail, const char *format, ...) PRINTF_LIKE(2, 3);

/* FAIL_SIGINT or FAIL_SIGTERM: somebody ended the run. */
bool fail_is_signal(enum fail_code code);

/* The code's stable word for programs: "input", "network", ... */
const char *fail_name(enum fail_code code);

#endif
