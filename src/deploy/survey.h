/* The flow that looks what the server has, again and again until somebody
 * has seen enough. */
#ifndef DEPLOY_SURVEY_H
#define DEPLOY_SURVEY_H

#include "gcore/inventory.h"

struct survey {
	struct inventory inventory; /* the last whole one */
	struct fail fail;           /* code FAIL_NONE unless it failed */
	int64_t begun_ms, now_ms;   /* clock_ms of the first and last step */

	bool (*enough)(void *data, const struct survey *survey);
	void *data;
	unsigned looks;
	enum { SURVEY_LOOK, SURVEY_REST, SURVEY_DONE } at;
};

/* Begin; `api` must stay. `enough` is asked after each whole look. */
void survey_init(struct survey *survey, const struct api *api,
    enum inventory_scope scope,
    bool (*enough)(void *data, const struct survey *survey), void *data);
void survey_clear(struct survey *survey);

extern const struct flow_ops survey_flow;

#endif
