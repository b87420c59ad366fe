/* What became of one certificate. */
#ifndef DEPLOY_RESULT_H
#define DEPLOY_RESULT_H

#include "deploy/plan.h"

enum result_status {
	RESULT_FAILED,  /* `fail` says why */
	RESULT_CHECKED, /* good; the server was not asked */
	RESULT_PLANNED, /* `plan` says what a run would do */
	RESULT_PRESENT, /* was there already */
	RESULT_CREATED, /* is there now */
	RESULT_SKIPPED, /* another run goes on */
};

struct result {
	enum result_status status;
	struct fail fail;
	struct plan plan; /* its name is "" before it was planned */
	char secret[MODEL_ID_SIZE];
	char task[MODEL_ID_SIZE];   /* the one that made it, or "" */
	unsigned switched, deleted; /* listeners and pools; old versions */
	bool lost; /* a create got no usable answer: it may have made another */
};

/* Did the run change anything, or would it? */
bool result_is_change(const struct result *result);

/* The exit status of several: `so_far` and one more. FAIL_NONE, what all that
 * failed have in common, or FAIL_SEVERAL; an interruption outweighs all. */
enum fail_code result_summary(
    enum fail_code so_far, const struct result *result);

/* "failed", "checked", "planned", "present", "created", "skipped" */
const char *result_word(enum result_status status);

#endif
