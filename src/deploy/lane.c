#include "deploy/lane.h"

/* The change under way; NULL at the end. */
static struct change *
current(struct lane *lane)
{
	while (lane->at < lane->count) {
		struct lane_item *item = &lane->items[lane->at];

		if (item->change->fail.code != FAIL_NONE)
			*item->failed = true;
		if (item->change->at != CHANGE_DONE &&
		    (item->change->has_begun || !*item->failed))
			return item->change;
		lane->at++;
	}
	return NULL;
}

static enum flow_next
next(void *self, struct flow_step *step)
{
	struct lane *lane = self;
	struct change *change;

	while ((change = current(lane)) != NULL) {
		enum flow_next next = change_flow.next(change, step);

		if (next != FLOW_DONE)
			return next;
	}
	return FLOW_DONE;
}

static bool
accept(void *self, const struct http_response *response)
{
	struct lane *lane = self;

	return change_flow.accept(lane->items[lane->at].change, response);
}

static void
refuse(void *self, enum retry_verdict verdict,
    const struct http_response *response)
{
	struct lane *lane = self;

	change_flow.refuse(lane->items[lane->at].change, verdict, response);
}

static void
stop(void *self, bool in_flight, const struct fail *why)
{
	struct lane *lane = self;

	for (; lane->at < lane->count; lane->at++) {
		change_flow.stop(lane->items[lane->at].change, in_flight, why);
		*lane->items[lane->at].failed = true;
		in_flight = false;
	}
}

const struct flow_ops lane_flow = {next, accept, refuse, stop};
