#include "deploy/removal.h"

#include <stdio.h>

#include "gcore/wire.h"

/* A listener that has just let go of it may count as its user for some more
 * seconds: how often to try again, about a second apart. */
#define MAX_REFUSALS 6
#define REFUSED_POLLS 10

void
removal_init(struct removal *removal, const struct api *api, const char *secret)
{
	*removal = (struct removal){.api = api};
	snprintf(removal->secret, sizeof(removal->secret), "%s", secret);
}

static enum flow_next
next(void *self, struct flow_step *step)
{
	struct removal *removal = self;
	bool good;

	if (removal->at == REMOVAL_DONE)
		return FLOW_DONE;
	if (removal->rest) {
		removal->rest = false;
		step->wait_ms = retry_poll_ms(removal->polls++, step->jitter);
		return FLOW_PARK;
	}
	good = removal->at == REMOVAL_DELETE
		   ? api_delete_secret(removal->api, removal->secret,
			 &step->request, &removal->fail)
		   : api_task(removal->api, removal->task, &step->request,
			 &removal->fail);
	if (good)
		return FLOW_SEND;
	http_request_clear(&step->request);
	removal->at = REMOVAL_DONE;
	return FLOW_DONE;
}

static void
take_task(struct removal *removal, const struct task *task)
{
	if (task->state == TASK_PENDING)
		return;
	removal->at = REMOVAL_DONE;
	if (task->state == TASK_ERROR)
		fail_set(&removal->fail, FAIL_REFUSED,
		    "deleting secret %s: task %s failed: %s", removal->secret,
		    removal->task, task->error);
}

static bool
accept(void *self, const struct http_response *response)
{
	struct removal *removal = self;
	struct task task;

	removal->rest = true;
	if (removal->at == REMOVAL_DELETE) {
		if (response->status != 404 &&
		    !wire_change_id(&response->body, removal->task))
			return false;
		removal->at =
		    removal->task[0] == '\0' ? REMOVAL_DONE : REMOVAL_POLL;
		return true;
	}
	if (response->status == 404)
		return true;
	if (!wire_task(&response->body, &task))
		return false;
	take_task(removal, &task);
	return true;
}

static void
refuse(void *self, enum retry_verdict verdict,
    const struct http_response *response)
{
	struct removal *removal = self;
	bool in_use = removal->at == REMOVAL_DELETE &&
		      (response->status == 400 || response->status == 409);
	char doing[128];

	(void)verdict;
	if (in_use && removal->refusals++ < MAX_REFUSALS) {
		removal->rest = true;
		removal->polls = REFUSED_POLLS;
		return;
	}
	snprintf(doing, sizeof(doing), "deleting secret %s", removal->secret);
	api_refusal(response, doing, &removal->fail);
	removal->at = REMOVAL_DONE;
}

static void
stop(void *self, bool in_flight, const struct fail *why)
{
	struct removal *removal = self;

	(void)in_flight;
	removal->fail = *why;
	fail_in(&removal->fail, "deleting secret %s", removal->secret);
	removal->at = REMOVAL_DONE;
}

const struct flow_ops removal_flow = {next, accept, refuse, stop};
