#include "deploy/inventory_poll.h"

#include "net/retry.h"

void
inventory_poll_init(struct inventory_poll *poll, const struct api *api,
    enum inventory_scope scope,
    bool (*enough)(void *data, const struct inventory_poll *poll), void *data)
{
	*poll = (struct inventory_poll){
	    .enough = enough, .data = data, .begun_ms = -1};
	inventory_init(&poll->inventory, api, scope);
}

void
inventory_poll_clear(struct inventory_poll *poll)
{
	inventory_clear(&poll->inventory);
}

/* The inventory is whole, or failed. */
static enum flow_next
judge(struct inventory_poll *poll)
{
	poll->fail = poll->inventory.fail;
	poll->at = poll->fail.code != FAIL_NONE || poll->enough == NULL ||
			   poll->enough(poll->data, poll)
		       ? INVENTORY_POLL_DONE
		       : INVENTORY_POLL_REST;
	return poll->at == INVENTORY_POLL_DONE ? FLOW_DONE : FLOW_WAIT;
}

static enum flow_next
next(void *self, struct flow_step *step)
{
	struct inventory_poll *poll = self;

	poll->now_ms = step->now_ms;
	if (poll->begun_ms < 0)
		poll->begun_ms = step->now_ms;
	switch (poll->at) {
	case INVENTORY_POLL_LOOK:
		if (inventory_flow.next(&poll->inventory, step) == FLOW_SEND)
			return FLOW_SEND;
		return judge(poll);
	case INVENTORY_POLL_REST:
		inventory_clear(&poll->inventory);
		poll->at = INVENTORY_POLL_LOOK;
		step->wait_ms = retry_pause_ms(
		    RETRY_PACE_LOOK, poll->looks++, step->jitter);
		return FLOW_WAIT;
	default:
		return FLOW_DONE;
	}
}

static bool
accept(void *self, const struct http_response *response)
{
	struct inventory_poll *poll = self;

	return inventory_flow.accept(&poll->inventory, response);
}

static void
refuse(void *self, enum retry_verdict verdict,
    const struct http_response *response)
{
	struct inventory_poll *poll = self;

	inventory_flow.refuse(&poll->inventory, verdict, response);
}

static void
stop(void *self, bool in_flight, const struct fail *why)
{
	struct inventory_poll *poll = self;

	inventory_flow.stop(&poll->inventory, in_flight, why);
	poll->fail = poll->inventory.fail;
	poll->at = INVENTORY_POLL_DONE;
}

const struct flow_ops inventory_poll_flow = {next, accept, refuse, stop};
