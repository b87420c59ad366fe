/* Requests -> what the emulated API answers. */
#ifndef SANDBOX_ROUTES_H
#define SANDBOX_ROUTES_H

#include "faults.h"
#include "options.h"
#include "state.h"

/* A parsed request. `query` finds the `index`-th value of a key, or NULL. */
struct routes_request {
	const char *method, *path;
	const char *authorization, *content_type; /* or NULL */
	const char *body;
	size_t body_len;
	int64_t now_ms;
	const char *(*query)(void *data, const char *name, unsigned index);
	void *data;
};

struct routes_answer {
	int status;
	cJSON *json; /* owned by the caller */
};

/*
 * Handle `request`; `fault` may change the task a create makes. `entry` is
 * the journal's line, to which facts about the request are added.
 */
struct routes_answer routes_handle(const struct options *options,
    struct state *state, const struct routes_request *request,
    const struct fault *fault, cJSON *entry);

/* A refusal in the API's form. */
struct routes_answer routes_refuse(
    int status, const char *class, const char *message);

#endif
