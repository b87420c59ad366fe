#include "deploy/deletion.h"

#include <stdio.h>

#include "gcore/wire.h"

/* A listener that has just let go of it may count as its user for some more
 * seconds: how often to try again. */
#define MAX_REFUSALS 6

void
deletion_init(
    struct deletion *deletion, const struct api *api, const char *secret)
{
	*deletion = (struct deletion){.api = api};
	snprintf(deletion->secret, sizeof(deletion->secret), "%s", secret);
}

static enum flow_next
next(void *self, struct flow_step *step)
{
	struct deletion *deletion = self;
	bool good;

	if (deletion->at == DELETION_DONE)
		return FLOW_DONE;
	if (deletion->rest) {
		deletion->rest = false;
		step->wait_ms = retry_pause_ms(deletion->at == DELETION_DELETE
						   ? RETRY_PACE_IN_USE
						   : RETRY_PACE_TASK,
		    deletion->polls++, step->jitter);
		return FLOW_PARK;
	}
	good = deletion->at == DELETION_DELETE
		   ? api_delete_secret(deletion->api, deletion->secret,
			 &step->request, &deletion->fail)
		   : api_task(deletion->api, deletion->task, &step->request,
			 &deletion->fail);
	if (good)
		return FLOW_SEND;
	deletion->at = DELETION_DONE;
	return FLOW_DONE;
}

static void
take_task(struct deletion *deletion, const struct task *task)
{
	if (task->state == TASK_PENDING)
		return;
	deletion->at = DELETION_DONE;
	if (task->state == TASK_ERROR)
		fail_set(&deletion->fail, FAIL_REFUSED,
		    "deleting secret %s: task %s failed: %s", deletion->secret,
		    deletion->task, task->error);
}

static bool
accept(void *self, const struct http_response *response)
{
	struct deletion *deletion = self;
	struct task task;

	deletion->rest = true;
	if (deletion->at == DELETION_DELETE) {
		if (!api_means(response, API_MISSING) &&
		    !wire_change_id(&response->body, deletion->task))
			return false;
		deletion->at =
		    deletion->task[0] == '\0' ? DELETION_DONE : DELETION_POLL;
		return true;
	}
	if (api_means(response, API_MISSING))
		return true;
	if (!wire_task(&response->body, &task))
		return false;
	take_task(deletion, &task);
	return true;
}

static void
refuse(void *self, enum retry_verdict verdict,
    const struct http_response *response)
{
	struct deletion *deletion = self;
	bool in_use = deletion->at == DELETION_DELETE &&
		      (api_means(response, API_IN_USE) ||
			  api_means(response, API_LOCKED));
	char doing[128];

	(void)verdict;
	if (in_use && deletion->refusals++ < MAX_REFUSALS) {
		deletion->rest = true;
		return;
	}
	snprintf(doing, sizeof(doing), "deleting secret %s", deletion->secret);
	api_refusal(response, doing, &deletion->fail);
	deletion->at = DELETION_DONE;
}

static void
stop(void *self, bool in_flight, const struct fail *why)
{
	struct deletion *deletion = self;

	(void)in_flight;
	deletion->fail = *why;
	fail_in(&deletion->fail, "deleting secret %s", deletion->secret);
	deletion->at = DELETION_DONE;
}

const struct flow_ops deletion_flow = {next, accept, refuse, stop};
