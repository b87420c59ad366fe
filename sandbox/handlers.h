/* The handlers of all routes, by file; the table is in routes.c. */
#ifndef SANDBOX_HANDLERS_H
#define SANDBOX_HANDLERS_H

#include "faults.h"
#include "options.h"
#include "reply.h"

/* What a handler works on. */
struct context {
	const struct options *options;
	struct state *state;
	const struct request *request;
	const struct fault *fault;
	cJSON *entry;           /* the journal's line */
	int project, region;    /* of the path; 0: it has none */
	int client;             /* likewise */
	char id[STATE_ID_SIZE]; /* the last part of the path, or "" */
};

/* secrets.c */
struct answer secrets_create(struct context *context);
struct answer secrets_create_pem(struct context *context);
struct answer secrets_list(struct context *context);
struct answer secrets_get(struct context *context);
struct answer secrets_delete(struct context *context);

/* quotas.c */
struct answer quotas_client(struct context *context);
struct answer quotas_regional(struct context *context);

/* Would one more secret in this region pass the limit? Then `refusal`. */
bool quotas_refuse(const struct context *context, struct answer *refusal);

/* tasks.c */
struct answer tasks_get(struct context *context);
struct answer tasks_list(struct context *context);
struct answer tasks_active(struct context *context);

/* Begin a task of this request's place, spoilt as its fault says. */
struct state_task *tasks_begin(const struct context *context, const char *type);

/* balancers.c: load balancers, listeners and pools, by the path */
struct answer balancers_create(struct context *context);
struct answer balancers_list(struct context *context);
struct answer balancers_get(struct context *context);
struct answer balancers_patch(struct context *context);
struct answer balancers_delete(struct context *context);

/* places.c */
struct answer places_projects(struct context *context);
struct answer places_regions(struct context *context);

#endif
