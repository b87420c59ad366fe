#include "gcore/inventory.h"

#include "gcore/wire.h"

/* A list that never ends is a broken server. */
#define MAX_RECORDS ((size_t)100000)

void
inventory_init(struct inventory *inventory, const struct api *api)
{
	*inventory = (struct inventory){.api = api, .date = -1};
}

void
inventory_clear(struct inventory *inventory)
{
	task_list_clear(&inventory->tasks);
	secret_list_clear(&inventory->secrets);
	inventory_init(inventory, inventory->api);
}

static enum flow_next
next(void *self, struct flow_step *step)
{
	struct inventory *inventory = self;
	bool good;

	if (inventory->at == INVENTORY_DONE)
		return FLOW_DONE;
	good = inventory->at == INVENTORY_TASKS
		   ? api_creating_tasks(inventory->api, inventory->offset,
			 &step->request, &inventory->fail)
		   : api_secrets(inventory->api, inventory->offset,
			 &step->request, &inventory->fail);
	if (good)
		return FLOW_SEND;
	http_request_clear(&step->request);
	inventory->at = INVENTORY_DONE;
	return FLOW_DONE;
}

static bool
accept(void *self, const struct http_response *response)
{
	struct inventory *inventory = self;
	bool tasks = inventory->at == INVENTORY_TASKS;
	size_t got, total;

	if (tasks
		? !wire_tasks(&response->body, &inventory->tasks, &got, &total)
		: !wire_secrets(
		      &response->body, &inventory->secrets, &got, &total))
		return false;
	if (tasks && inventory->offset == 0)
		inventory->date = response->date;
	inventory->offset += got;
	if (got > 0 && inventory->offset < total &&
	    inventory->offset < MAX_RECORDS)
		return true;
	inventory->offset = 0;
	inventory->at++;
	return true;
}

static void
refuse(void *self, enum retry_verdict verdict,
    const struct http_response *response)
{
	struct inventory *inventory = self;

	(void)verdict;
	api_refusal(response,
	    inventory->at == INVENTORY_TASKS ? "listing tasks"
					     : "listing secrets",
	    &inventory->fail);
	inventory->at = INVENTORY_DONE;
}

static void
stop(void *self, bool in_flight, const struct fail *why)
{
	struct inventory *inventory = self;

	(void)in_flight;
	inventory->fail = *why;
	fail_in(&inventory->fail, "listing what is there");
	inventory->at = INVENTORY_DONE;
}

const struct flow_ops inventory_flow = {next, accept, refuse, stop};
