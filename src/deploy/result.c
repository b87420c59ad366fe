#include "deploy/result.h"

const char *
result_word(enum result_status status)
{
	static const char *const words[] = {
	    [RESULT_FAILED] = "failed",
	    [RESULT_CHECKED] = "checked",
	    [RESULT_PLANNED] = "planned",
	    [RESULT_PRESENT] = "present",
	    [RESULT_CREATED] = "created",
	    [RESULT_SKIPPED] = "skipped",
	};

	return words[status];
}

bool
result_is_change(const struct result *result)
{
	return result->status == RESULT_PLANNED ||
	       result->status == RESULT_CREATED || result->switched > 0 ||
	       result->deleted > 0;
}

enum fail_code
result_summary(enum fail_code so_far, const struct result *result)
{
	enum fail_code code = result->fail.code;

	if (result->status != RESULT_FAILED || code == so_far ||
	    fail_is_signal(so_far))
		return so_far;
	if (so_far == FAIL_NONE || fail_is_signal(code))
		return code;
	return FAIL_SEVERAL;
}
