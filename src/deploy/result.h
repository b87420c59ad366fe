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
};

struct result {
	enum result_status status;
	struct fail fail;
	struct plan plan; /* its name is "" before it was planned */
	char secret[MODEL_ID_SIZE];
	char task[MODEL_ID_SIZE]; /* the one that made it, or "" */
};

/* "failed", "checked", "planned", "present", "created" */
const char *result_word(enum result_status status);

#endif
