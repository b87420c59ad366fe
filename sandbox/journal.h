/* One JSON line for each request, without secrets, before it is answered. */
#ifndef SANDBOX_JOURNAL_H
#define SANDBOX_JOURNAL_H

#include <cjson/cJSON.h>

#include "base/fail.h"

struct journal {
	int fd; /* -1: none is kept */
	unsigned long count;
};

/* Begin a journal in `path` ("-": standard output; NULL: none), emptying an
 * old one. FAIL_USAGE. */
bool journal_open(
    struct journal *journal, const char *path, struct fail *fail) MUST_CHECK;

/* Write `entry` with its number as member "n", in one write(2). */
void journal_write(struct journal *journal, cJSON *entry);

void journal_close(struct journal *journal);

#endif
