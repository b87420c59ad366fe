/* Arrays that grow item by item. */
#ifndef BASE_ARRAY_H
#define BASE_ARRAY_H

#include "base/defs.h"

/*
 * Make room for one item of `size` bytes behind the `count` of an array that
 * has room for `*cap`. `items` is the address of the pointer to the array: a
 * block of base/mem, NULL while `*cap` is 0. False without memory; nothing has
 * changed then.
 */
bool array_grow(void *items, size_t count, size_t *cap, size_t size) MUST_CHECK;

#endif
