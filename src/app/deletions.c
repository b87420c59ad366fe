#include "app/deletions.h"

#include "base/mem.h"

bool
deletions_add(struct deletions *deletions, struct deployment *owner,
    const char *id, struct fail *fail)
{
	size_t cap = deletions->cap == 0 ? 4 : deletions->cap * 2;
	struct deletion *items;
	struct deployment **owners;

	if (deletions->count == deletions->cap) {
		items = mem_realloc(deletions->items, cap * sizeof(*items));
		if (items == NULL)
			return fail_memory(fail);
		deletions->items = items;
		owners = mem_realloc(deletions->owners, cap * sizeof(*owners));
		if (owners == NULL)
			return fail_memory(fail);
		deletions->owners = owners;
		deletions->cap = cap;
	}
	deletion_init(
	    &deletions->items[deletions->count], &owner->target->api, id);
	deletions->owners[deletions->count++] = owner;
	return true;
}

void
deletions_clear(struct deletions *deletions)
{
	mem_free(deletions->items);
	mem_free(deletions->owners);
}

bool
deletions_run(
    struct batch *batch, struct deletions *deletions, struct fail *fail)
{
	CLEANUP(batch_flows_clear) struct batch_flows flows = {0};

	if (!batch_flows_make(&flows, deletions->count, fail))
		return false;
	for (size_t i = 0; i < deletions->count; i++)
		batch_flows_add(&flows, &deletion_flow, &deletions->items[i]);
	return batch_run(batch, &flows, "deleting what is too much",
	    batch->deadline_ms, fail);
}
