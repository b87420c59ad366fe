#include "base/mem.h"

#include <malloc.h>
#include <openssl/crypto.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* libcurl allocates in threads of its own. */
static atomic_bool failed;

bool
mem_failed(void)
{
	return failed;
}

static void *
noted(void *block)
{
	if (block == NULL)
		failed = true;
	return block;
}

/* All that malloc gave, at least what was asked for: no size of our own
 * need stand before each of OpenSSL's many small blocks. */
static void
block_free(void *block)
{
	if (block == NULL)
		return;
	mem_wipe(block, malloc_usable_size(block));
	free(block);
}

/* realloc(3) may leave the old bytes behind: move by hand. */
static void *
block_resize(void *block, size_t size)
{
	size_t old = malloc_usable_size(block);
	void *moved = noted(malloc(size));

	if (moved == NULL || block == NULL)
		return moved;
	memcpy(moved, block, old < size ? old : size);
	block_free(block);
	return moved;
}

static void *
openssl_new(size_t size, const char *file, int line)
{
	(void)file, (void)line;
	return size == 0 ? NULL : noted(malloc(size));
}

static void *
openssl_resize(void *block, size_t size, const char *file, int line)
{
	(void)file, (void)line;
	if (size > 0)
		return block_resize(block, size);
	block_free(block);
	return NULL;
}

static void
openssl_free(void *block, const char *file, int line)
{
	(void)file, (void)line;
	block_free(block);
}

bool
mem_install(void)
{
	return CRYPTO_set_mem_functions(
		   openssl_new, openssl_resize, openssl_free) == 1;
}

void *
mem_alloc(size_t size)
{
	return noted(malloc(size));
}

void *
mem_calloc(size_t count, size_t size)
{
	return noted(calloc(count, size));
}

void *
mem_realloc(void *block, size_t size)
{
	return block_resize(block, size);
}

char *
mem_strndup(const char *text, size_t len)
{
	char *copy = mem_alloc(len + 1);

	if (copy == NULL)
		return NULL;
	memcpy(copy, text, len);
	copy[len] = '\0';
	return copy;
}

char *
mem_strdup(const char *text)
{
	return mem_strndup(text, strlen(text));
}

void
mem_free(void *block)
{
	block_free(block);
}

void
mem_freep(void *pointer)
{
	void *block;

	memcpy(&block, pointer, sizeof(block));
	block_free(block);
}

void
mem_wipe(void *start, size_t len)
{
	explicit_bzero(start, len);
}
