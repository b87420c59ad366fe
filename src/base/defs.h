/* Attributes that make the compiler check what the contracts promise. */
#ifndef BASE_DEFS_H
#define BASE_DEFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Argument `f` is a printf format whose values begin at argument `a`. */
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))

/* Ignoring the result is an error. */
#define MUST_CHECK __attribute__((warn_unused_result))

/* Call `fn(&variable)` when the variable goes out of scope. */
#define CLEANUP(fn) __attribute__((cleanup(fn)))

#define COUNTOF(array) (sizeof(array) / sizeof((array)[0]))

#endif
