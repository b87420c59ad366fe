#include "app/cfg_mistakes.h"

#include <string.h>

#include "base/log.h"

void
cfg_mistakes_add(struct cfg_mistakes *mistakes, const struct fail *mistake)
{
	if (mistakes->count > 0 &&
	    strcmp(mistakes->last.text, mistake->text) == 0)
		return;
	mistakes->last = *mistake;
	if (mistakes->count++ == 0) {
		mistakes->first = *mistake;
		return;
	}
	if (mistakes->count == 2)
		log_fail(&mistakes->first);
	log_fail(mistake);
}

bool
cfg_mistakes_none(const struct cfg_mistakes *mistakes, struct fail *fail)
{
	if (mistakes->count == 0)
		return true;
	if (mistakes->count == 1) {
		*fail = mistakes->first;
		return false;
	}
	fail_set(fail, FAIL_USAGE, "%u mistakes in the configuration",
	    mistakes->count);
	return fail_hint(fail, "nothing was sent");
}
