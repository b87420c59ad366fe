#include "base/array.h"

#include <string.h>

#include "base/mem.h"

bool
array_grow(void *items, size_t count, size_t *cap, size_t size)
{
	size_t wanted = *cap == 0 ? 16 : *cap * 2;
	void *block;

	if (count < *cap)
		return true;
	if (*cap > SIZE_MAX / 2 / size)
		return false;
	memcpy(&block, items, sizeof(block));
	if ((block = mem_realloc(block, wanted * size)) == NULL)
		return false;
	memcpy(items, &block, sizeof(block));
	*cap = wanted;
	return true;
}
