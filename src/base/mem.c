#include "base/mem.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

/* Before each block stands its size, in a space that keeps malloc's
 * alignment. */
#define HEADER 16
_Static_assert(HEADER >= sizeof(size_t) && HEADER % _Alignof(max_align_t) == 0,
    "the header keeps the alignment");

static size_t
block_size(const void *block)
{
	size_t size;

	memcpy(&size, (const unsigned char *)block - HEADER, sizeof(size));
	return size;
}

static void *
block_new(size_t size)
{
	unsigned char *start;

	if (size > SIZE_MAX - HEADER || (start = malloc(HEADER + size)) == NULL)
		return NULL;
	memcpy(start, &size, sizeof(size));
	return start + HEADER;
}

static void
block_free(void *block)
{
	if (block == NULL)
		return;
	mem_wipe(block, block_size(block));
	free((unsigned char *)block - HEADER);
}

/* realloc(3) may leave the old bytes behind: move by hand. */
static void *
block_resize(void *block, size_t size)
{
	size_t old = block == NULL ? 0 : block_size(block);
	void *moved = block_new(size);

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
	return size == 0 ? NULL : block_new(size);
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
	return block_new(size);
}

void *
mem_calloc(size_t count, size_t size)
{
	void *block;

	if (size != 0 && count > SIZE_MAX / size)
		return NULL;
	block = mem_alloc(count * size);
	return block == NULL ? NULL : memset(block, 0, count * size);
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
