/* The HTTP server around routes.c: what is asked is answered, as the fault
 * script says, and told the journal. */
#ifndef SANDBOX_SERVER_H
#define SANDBOX_SERVER_H

#include "options.h"

struct server;

/* Serve from now on, in threads of its own; `options` must stay. NULL: what is
 * named in `options` cannot be used, with the class of whoever knows. */
struct server *server_start(
    const struct options *options, struct fail *fail) MUST_CHECK;
void server_stop(struct server *server);

/* Where it listens. */
int server_port(const struct server *server);

/* End the tasks that are due, though nobody asks. */
void server_advance(struct server *server);

/* Read the fault script again. FAIL_USAGE. */
bool server_read_faults(struct server *server, struct fail *fail) MUST_CHECK;

#endif
