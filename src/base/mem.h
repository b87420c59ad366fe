/*
 * The allocator of the whole program: every block is wiped when it is freed
 * or moved, so that nobody has to decide which blocks hold secrets. OpenSSL
 * and libcurl free key material and request bodies unwiped otherwise.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include "base/defs.h"

/*
 * Make OpenSSL allocate here. Call before anything else touches OpenSSL.
 * False when OpenSSL has allocated already, and refuses.
 */
bool mem_install(void) MUST_CHECK;

/*
 * Has an allocation failed so far, of ours or of a library? OpenSSL often
 * takes one that failed for an answer ("not signed", "no such extension",
 * "wrong passphrase"), and what it could not set up once is missing for the
 * rest of the run: believe nothing that it has said.
 */
bool mem_failed(void);

/* As malloc, calloc, realloc, strdup, strndup: NULL when there is no
 * memory. */
void *mem_alloc(size_t size) MUST_CHECK;
void *mem_calloc(size_t count, size_t size) MUST_CHECK;
void *mem_realloc(void *block, size_t size) MUST_CHECK;
char *mem_strdup(const char *text) MUST_CHECK;
char *mem_strndup(const char *text, size_t len) MUST_CHECK;

/* Wipe and free a block of the functions above; NULL is allowed. */
void mem_free(void *block);

/* For CLEANUP: `pointer` is the address of a pointer to such a block. */
void mem_freep(void *pointer);

/* Overwrite in a way the compiler may not leave out. */
void mem_wipe(void *start, size_t len);

#endif
