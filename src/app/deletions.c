#include "app/deletions.h"

#include "base/array.h"
#include "base/mem.h"

bool
deletions_add(struct deletions *deletions, struct deployment *owner,
    const char *id, struct fail *fail)
{
	size_t cap = deletions->cap; /* of both arrays */

	if (!array_grow(&deletions->items, deletions->count, &cap,
		sizeof(*deletions->items)) ||
	    !array_grow(&deletions->owners, deletions->count, &deletions->cap,
		sizeof(*deletions->owners)))
		return fail_memory(fail);
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
