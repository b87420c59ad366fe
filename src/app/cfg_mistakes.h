/* What is wrong with the configuration, told all at once. */
#ifndef APP_CFG_MISTAKES_H
#define APP_CFG_MISTAKES_H

#include "base/fail.h"

/* {0} before the first. */
struct cfg_mistakes {
	unsigned count;
	struct fail first, last;
};

/* One more, unless it is the last again: sections share what stands before
 * them. From the second on, each is logged. */
void cfg_mistakes_add(
    struct cfg_mistakes *mistakes, const struct fail *mistake);

/* Was there none? Else fill `fail`: the only one, or their number. */
bool cfg_mistakes_none(
    const struct cfg_mistakes *mistakes, struct fail *fail) MUST_CHECK;

#endif
