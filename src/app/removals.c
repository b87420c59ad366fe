#include "app/removals.h"

#include "base/mem.h"

bool
removals_add(struct removals *removals, struct unit *owner, const char *id,
    struct fail *fail)
{
	size_t cap = removals->cap == 0 ? 4 : removals->cap * 2;
	struct removal *items;
	struct unit **owners;

	if (removals->count == removals->cap) {
		items = mem_realloc(removals->items, cap * sizeof(*items));
		if (items == NULL)
			return fail_memory(fail);
		removals->items = items;
		owners = mem_realloc(removals->owners, cap * sizeof(*owners));
		if (owners == NULL)
			return fail_memory(fail);
		removals->owners = owners;
		removals->cap = cap;
	}
	removal_init(
	    &removals->items[removals->count], &owner->target->api, id);
	removals->owners[removals->count++] = owner;
	return true;
}

void
removals_clear(struct removals *removals)
{
	mem_free(removals->items);
	mem_free(removals->owners);
}

bool
removals_run(struct batch *batch, struct removals *removals, struct fail *fail)
{
	CLEANUP(batch_flows_clear) struct batch_flows flows = {0};

	if (!batch_flows_make(&flows, removals->count, fail))
		return false;
	for (size_t i = 0; i < removals->count; i++)
		batch_flows_add(&flows, &removal_flow, &removals->items[i]);
	return batch_run(batch, &flows, "deleting what is too much",
	    batch->deadline_ms, fail);
}
