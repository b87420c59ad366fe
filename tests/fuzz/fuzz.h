/* A fuzz target: libFuzzer calls it with inputs it invents, replay.c with
 * those of the corpus. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A promise that was not kept is a finding. */
static inline void
must(bool good)
{
	if (!good)
		abort();
}

/* What the readers of files read: /dev/fd/... of a file in memory, private,
 * with these bytes until the next call. */
const char *memfile(const void *data, size_t size);

#endif
