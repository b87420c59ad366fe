/* What every unit test includes first. */
#ifndef UNIT_H
#define UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#undef stop /* cmocka 2 takes the name, a flow's too */

/* How many random cases to try: `all` of them, or UNIT_PERCENT, for what runs
 * the tests slowly, or runs them for long. */
static inline int
unit_cases(int all)
{
	const char *percent = getenv("UNIT_PERCENT");

	return percent == NULL ? all
			       : (int)(strtol(percent, NULL, 10) * all / 100);
}

/* Random cases follow: the same ones each time, unless SEED says otherwise. */
static inline void
unit_seed(void)
{
	const char *text = getenv("SEED");
	unsigned seed = text == NULL ? 1 : (unsigned)strtoul(text, NULL, 10);

	print_message("# SEED=%u\n", seed);
	srand(seed);
}

#endif
