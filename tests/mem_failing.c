/*
 * A stand-in for base/mem that fails the n-th allocation of our own, n from
 * CERTUPLOAD_FAIL_ALLOC; the number of all is in `mem_total`, and goes to the
 * file that CERTUPLOAD_COUNT_ALLOC names. Those of OpenSSL go past it;
 * libcurl's and cJSON's, which ask base/mem, are counted.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"

static void *real_alloc(size_t size);
static void *real_calloc(size_t count, size_t size);
static void *real_realloc(void *block, size_t size);
static char *real_strndup(const char *text, size_t len);

#define mem_alloc real_alloc
#define mem_calloc real_calloc
#define mem_realloc real_realloc
#define mem_strndup real_strndup
#include "base/mem.c"
#undef mem_alloc
#undef mem_calloc
#undef mem_realloc
#undef mem_strndup

extern long mem_total;
long mem_total;

static bool
is_due(void)
{
	const char *text = getenv("CERTUPLOAD_FAIL_ALLOC");

	return ++mem_total == (text == NULL ? 0 : strtol(text, NULL, 10));
}

__attribute__((destructor)) static void
tell(void)
{
	const char *path = getenv("CERTUPLOAD_COUNT_ALLOC");
	FILE *out = path == NULL ? NULL : fopen(path, "w");

	if (out != NULL) {
		fprintf(out, "%ld", mem_total);
		fclose(out);
	}
}

void *
mem_alloc(size_t size)
{
	return is_due() ? NULL : real_alloc(size);
}

void *
mem_calloc(size_t count, size_t size)
{
	return is_due() ? NULL : real_calloc(count, size);
}

void *
mem_realloc(void *block, size_t size)
{
	return is_due() ? NULL : real_realloc(block, size);
}

char *
mem_strndup(const char *text, size_t len)
{
	return is_due() ? NULL : real_strndup(text, len);
}
