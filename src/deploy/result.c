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
	};

	return words[status];
}
