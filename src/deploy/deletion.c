#include "deploy/deletion.h"

#include <stdio.h>

#include "gcore/wire.h"

/* The server may count a listener as a user for some seconds after it was
 * switched: how often to try again. */
#define MAX_REFUSALS 6

void
deletion_init(
    struct deletion *deletion, const struct api *api, const char *secret)
{
	*deletion = (struct deletion){.api = api};
	snprintf(deletion->secret, sizeof(deletion->secret), "%s", secret);
}

/* `fail` has the cause: add which secret it concerns. */
static void
failed(struct deletion *deletion)
{
	fail_in(&deletion->fail, "deleting secret %s", deletion->secret);
	deletion->at = DELETION_DONE;
}

static enum flow_next
next(void *self, struct flow_step *step)
{
	struct deletion *deletion = self;
	enum flow_next next;

	if (deletion->at == DELETION_DONE)
		return FLOW_DONE;
	if (deletion->rest) {
		deletion->rest = false;
		step->wait_ms = retry_pause_ms(
		    RETRY_PACE_IN_USE, deletion->refusals, step->jitter);
		return FLOW_PARK;
	}
	if (deletion->at == DELETION_POLL)
		next = task_wait_next(
		    &deletion->wait, deletion->api, step, &deletion->fail);
	else
		next = api_delete_secret(deletion->api, deletion->secret,
			   &step->request, &deletion->fail)
			   ? FLOW_SEND
			   : FLOW_DONE;
	if (next == FLOW_DONE)
		failed(deletion);
	return next;
}

static bool
accept_delete(struct deletion *deletion, const struct http_response *response)
{
	char task[MODEL_ID_SIZE] = "";

	if (!api_means(response, API_MISSING) &&
	    !wire_change_id(&response->body, task))
		return false;
	deletion->at = task[0] == '\0' ? DELETION_DONE : DELETION_POLL;
	task_wait_begin(&deletion->wait, task);
	return true;
}

static bool
accept_poll(struct deletion *deletion, const struct http_response *response)
{
	const struct task_wait *wait = &deletion->wait;

	if (!task_wait_accept(&deletion->wait, response, &deletion->fail))
		return false;
	if (wait->outcome == TASK_WAIT_FINISHED)
		deletion->at = DELETION_DONE;
	else if (wait->outcome == TASK_WAIT_FAILED ||
		 task_wait_is_vain(wait, &deletion->fail))
		failed(deletion);
	else if (wait->outcome == TASK_WAIT_MISSING)
		/* The answer tells whether the secret is gone. */
		deletion->at = DELETION_DELETE;
	return true;
}

static bool
accept(void *self, const struct http_response *response)
{
	struct deletion *deletion = self;

	return deletion->at == DELETION_DELETE
		   ? accept_delete(deletion, response)
		   : accept_poll(deletion, response);
}

static void
refuse(void *self, enum retry_verdict verdict,
    const struct http_response *response)
{
	struct deletion *deletion = self;
	bool in_use =
	    api_means(response, API_IN_USE) || api_means(response, API_LOCKED);
	char doing[128];

	(void)verdict;
	if (in_use && deletion->at == DELETION_DELETE &&
	    deletion->refusals++ < MAX_REFUSALS) {
		deletion->rest = true;
		return;
	}
	if (deletion->at == DELETION_POLL) {
		task_wait_refuse(&deletion->wait, response, &deletion->fail);
		failed(deletion);
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
	if (deletion->at == DELETION_DONE)
		return;
	deletion->fail = *why;
	if (deletion->at == DELETION_POLL)
		task_wait_stop(&deletion->wait, &deletion->fail);
	failed(deletion);
}

const struct flow_ops deletion_flow = {next, accept, refuse, stop};
