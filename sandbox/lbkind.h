/* What differs between load balancers, listeners and pools: a table. */
#ifndef SANDBOX_LBKIND_H
#define SANDBOX_LBKIND_H

#include "lb.h"
#include "schema.h"

#define LBKIND_COUNT 3

struct lbkind {
	const char *path;  /* /cloud/v1/<path>/... */
	const char *noun;  /* of messages */
	const char *makes; /* of created_resources */
	const char *create_task, *patch_task, *delete_task;
	const struct schema_field *create, *patch; /* bodies */
	const char *fresh; /* a new record before its body is laid over it */
};

/* By enum lb_kind. */
extern const struct lbkind lbkinds[LBKIND_COUNT];

#endif
