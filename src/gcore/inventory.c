#include "gcore/inventory.h"

#include "gcore/wire.h"

/* A list that never ends is a broken server. */
#define MAX_RECORDS ((size_t)100000)

/* --- the lists ------------------------------------------------------------ */

static bool
ask_listeners(const struct api *api, size_t offset,
    struct http_request *request, struct fail *fail)
{
	return api_referrers(api, REFERRER_LISTENER, offset, request, fail);
}

static bool
ask_pools(const struct api *api, size_t offset, struct http_request *request,
    struct fail *fail)
{
	return api_referrers(api, REFERRER_POOL, offset, request, fail);
}

static bool
read_tasks(struct inventory *inventory, const struct http_response *response,
    size_t *got, size_t *total)
{
	if (inventory->offset == 0)
		inventory->date = response->date;
	return wire_tasks(&response->body, &inventory->tasks, got, total);
}

static bool
read_secrets(struct inventory *inventory, const struct http_response *response,
    size_t *got, size_t *total)
{
	return wire_secrets(&response->body, &inventory->secrets, got, total);
}

static bool
read_listeners(struct inventory *inventory,
    const struct http_response *response, size_t *got, size_t *total)
{
	return wire_referrers(&response->body, REFERRER_LISTENER,
	    &inventory->referrers, got, total);
}

static bool
read_pools(struct inventory *inventory, const struct http_response *response,
    size_t *got, size_t *total)
{
	return wire_referrers(
	    &response->body, REFERRER_POOL, &inventory->referrers, got, total);
}

static bool
read_balancers(struct inventory *inventory,
    const struct http_response *response, size_t *got, size_t *total)
{
	return wire_balancers(
	    &response->body, &inventory->balancers, got, total);
}

/* In the order that inventory.h promises. */
static const struct list {
	enum inventory_scope scope;
	const char *doing;
	bool (*ask)(const struct api *, size_t offset, struct http_request *,
	    struct fail *);
	bool (*read)(struct inventory *, const struct http_response *,
	    size_t *got, size_t *total);
} lists[] = {
    {INVENTORY_SECRETS, "listing tasks", api_creating_tasks, read_tasks},
    {INVENTORY_SECRETS, "listing secrets", api_secrets, read_secrets},
    {INVENTORY_REFERRERS, "listing listeners", ask_listeners, read_listeners},
    {INVENTORY_REFERRERS, "listing pools", ask_pools, read_pools},
    {INVENTORY_ALL, "listing load balancers", api_balancers, read_balancers},
};

/* --- the flow ------------------------------------------------------------- */

void
inventory_init(struct inventory *inventory, const struct api *api,
    enum inventory_scope scope)
{
	*inventory = (struct inventory){.api = api, .scope = scope, .date = -1};
}

void
inventory_clear(struct inventory *inventory)
{
	task_list_clear(&inventory->tasks);
	secret_list_clear(&inventory->secrets);
	referrer_list_clear(&inventory->referrers);
	balancer_list_clear(&inventory->balancers);
	inventory_init(inventory, inventory->api, inventory->scope);
}

static enum flow_next
next(void *self, struct flow_step *step)
{
	struct inventory *inventory = self;

	if (inventory->at == COUNTOF(lists) ||
	    lists[inventory->at].scope > inventory->scope)
		return FLOW_DONE;
	if (lists[inventory->at].ask(inventory->api, inventory->offset,
		&step->request, &inventory->fail))
		return FLOW_SEND;
	inventory->at = COUNTOF(lists);
	return FLOW_DONE;
}

static bool
accept(void *self, const struct http_response *response)
{
	struct inventory *inventory = self;
	size_t got, total;

	if (!lists[inventory->at].read(inventory, response, &got, &total))
		return false;
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
	api_refusal(response, lists[inventory->at].doing, &inventory->fail);
	inventory->at = COUNTOF(lists);
}

static void
stop(void *self, bool in_flight, const struct fail *why)
{
	struct inventory *inventory = self;

	(void)in_flight;
	inventory->fail = *why;
	fail_in(&inventory->fail, "listing what is there");
	inventory->at = COUNTOF(lists);
}

const struct flow_ops inventory_flow = {next, accept, refuse, stop};
