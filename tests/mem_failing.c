/*
 * A stand-in for base/mem whose n-th allocation fails, n from
 * CERTUPLOAD_FAIL_ALLOC; "n+": that one and all after it. Those that ask
 * base/mem are counted: our own, libcurl's and cJSON's; OpenSSL's as well if
 * CERTUPLOAD_COUNT_OPENSSL is set. The number of all is in `mem_total`, and
 * goes to the file that CERTUPLOAD_COUNT_ALLOC names.
 */
#include <malloc.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"

static bool real_install(void);
static void *counted_malloc(size_t size);
static void *counted_calloc(size_t count, size_t size);

#define malloc counted_malloc
#define calloc counted_calloc
#define mem_install real_install
#include "base/mem.c"
#undef malloc
#undef calloc
#undef mem_install

extern long mem_total;
long mem_total;

/* Of OpenSSL, none of which is counted. */
static _Thread_local bool is_passed;

static bool
is_due(void)
{
	const char *text = getenv("CERTUPLOAD_FAIL_ALLOC");
	char *end = NULL;
	long due = text == NULL ? 0 : strtol(text, &end, 10);

	if (is_passed)
		return false;
	mem_total++;
	return due > 0 &&
	       (mem_total == due || (mem_total > due && *end == '+'));
}

static void *
counted_malloc(size_t size)
{
	return is_due() ? NULL : malloc(size);
}

static void *
counted_calloc(size_t count, size_t size)
{
	return is_due() ? NULL : calloc(count, size);
}

static void *
passed_new(size_t size, const char *file, int line)
{
	void *block;

	is_passed = true;
	block = openssl_new(size, file, line);
	is_passed = false;
	return block;
}

static void *
passed_resize(void *old, size_t size, const char *file, int line)
{
	void *block;

	is_passed = true;
	block = openssl_resize(old, size, file, line);
	is_passed = false;
	return block;
}

bool
mem_install(void)
{
	if (getenv("CERTUPLOAD_COUNT_OPENSSL") != NULL)
		return real_install();
	return CRYPTO_set_mem_functions(
		   passed_new, passed_resize, openssl_free) == 1;
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
