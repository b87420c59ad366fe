/* Requests -> what the emulated API answers. */
#ifndef SANDBOX_ROUTES_H
#define SANDBOX_ROUTES_H

#include "faults.h"
#include "options.h"
#include "reply.h"

/*
 * Handle `request`; `fault` may change the task a create makes. `entry` is
 * the journal's line, to which facts about the request are added.
 */
struct answer routes_handle(const struct options *options, struct state *state,
    const struct request *request, const struct fault *fault, cJSON *entry);

#endif
