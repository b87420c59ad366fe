/* The end of a task: its change takes effect on what the cloud holds and what
 * its load balancers serve, or it fails. */
#ifndef SANDBOX_TASK_END_H
#define SANDBOX_TASK_END_H

#include "state.h"

/* End the tasks that are due. */
void task_end_due(struct state *state, int64_t now_ms);

#endif
