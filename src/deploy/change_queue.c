#include "deploy/change_queue.h"

/* The change under way; NULL at the end. */
static struct change *
current(struct change_queue *queue)
{
	while (queue->at < queue->count) {
		struct queue_item *item = &queue->items[queue->at];

		if (item->change->fail.code != FAIL_NONE)
			*item->failed = true;
		if (item->change->at != CHANGE_DONE &&
		    (item->change->has_begun || !*item->failed))
			return item->change;
		queue->at++;
	}
	return NULL;
}

static enum flow_next
next(void *self, struct flow_step *step)
{
	struct change_queue *queue = self;
	struct change *change = current(queue);
	enum flow_next result;

	if (change == NULL)
		return FLOW_DONE;
	result = change_flow.next(change, step);
	/* What is done has failed, perhaps with half a request: the next one
	 * gets a step of its own. */
	return result == FLOW_DONE ? FLOW_WAIT : result;
}

static bool
accept(void *self, const struct http_response *response)
{
	struct change_queue *queue = self;

	return change_flow.accept(queue->items[queue->at].change, response);
}

static void
refuse(void *self, enum retry_verdict verdict,
    const struct http_response *response)
{
	struct change_queue *queue = self;

	change_flow.refuse(queue->items[queue->at].change, verdict, response);
}

static void
stop(void *self, bool in_flight, const struct fail *why)
{
	struct change_queue *queue = self;

	for (; queue->at < queue->count; queue->at++) {
		change_flow.stop(
		    queue->items[queue->at].change, in_flight, why);
		*queue->items[queue->at].failed = true;
		in_flight = false;
	}
}

const struct flow_ops change_queue_flow = {next, accept, refuse, stop};
