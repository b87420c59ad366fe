#include "deploy/task_monitor.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/mem.h"
#include "gcore/wire.h"
#include "net/retry.h"

void
task_monitor_init(
    struct task_monitor *monitor, const struct api *api, int64_t since)
{
	*monitor = (struct task_monitor){.api = api, .since = since};
}

static void
round_clear(struct task_round *round)
{
	mem_free(round->items);
	*round = (struct task_round){0};
}

void
task_monitor_clear(struct task_monitor *monitor)
{
	round_clear(&monitor->last);
	round_clear(&monitor->coming);
}

static bool
add_summary(const struct task *task, void *to)
{
	struct task_round *round = to;
	struct task_summary *summary;

	if (!array_grow(
		&round->items, round->count, &round->cap, sizeof(*summary)))
		return false;
	summary = &round->items[round->count++];
	summary->state = task->state;
	memcpy(summary->id, task->id, sizeof(summary->id));
	memcpy(summary->word, task->word, sizeof(summary->word));
	memcpy(summary->secret, task->secret, sizeof(summary->secret));
	return true;
}

static int
by_id(const void *a, const void *b)
{
	const struct task_summary *one = a, *other = b;

	return strcmp(one->id, other->id);
}

bool
task_monitor_find(
    const struct task_monitor *monitor, const char *id, struct task *task)
{
	const struct task_round *round = &monitor->last;
	const struct task_summary *found;
	struct task_summary key = {0};

	memcpy(key.id, id, sizeof(key.id));
	if (round->count == 0 ||
	    (found = bsearch(
		 &key, round->items, round->count, sizeof(key), by_id)) == NULL)
		return false;
	*task = (struct task){.state = found->state, .created = -1};
	memcpy(task->id, found->id, sizeof(task->id));
	memcpy(task->word, found->word, sizeof(task->word));
	memcpy(task->secret, found->secret, sizeof(task->secret));
	return true;
}

static size_t
ended(const struct task_round *round)
{
	size_t count = 0;

	for (size_t i = 0; i < round->count; i++)
		count += round->items[i].state != TASK_PENDING;
	return count;
}

/* While tasks end, no pause is longer than the first of RETRY_PACE_TASKS. */
static void
hurry(struct task_monitor *monitor)
{
	if (retry_pause_ms(monitor->pace, monitor->polls, 0.5) <=
	    retry_pause_ms(RETRY_PACE_TASKS, 0, 0.5))
		return;
	monitor->pace = RETRY_PACE_TASKS;
	monitor->polls = 0;
}

static void
end_round(struct task_monitor *monitor)
{
	bool busy = ended(&monitor->coming) > ended(&monitor->last);

	round_clear(&monitor->last);
	monitor->last = monitor->coming;
	monitor->coming = (struct task_round){0};
	monitor->offset = 0;
	monitor->rounds++;
	if (busy)
		hurry(monitor);
	monitor->wake_ms = -1;
	if (monitor->last.count > 0)
		qsort(monitor->last.items, monitor->last.count,
		    sizeof(*monitor->last.items), by_id);
}

static enum flow_next
next(void *self, struct flow_step *step)
{
	struct task_monitor *monitor = self;
	struct fail fail;

	if (monitor->users == 0 || monitor->broken)
		return FLOW_DONE;
	if (monitor->wake_ms < 0)
		monitor->wake_ms =
		    step->now_ms + retry_pause_ms(monitor->pace,
				       monitor->polls++, step->jitter);
	step->wait_ms = monitor->wake_ms - step->now_ms;
	if (monitor->waiting == 0 || step->wait_ms > 0) {
		/* Whoever ends the wait does not tell. */
		if (step->wait_ms < 1 || step->wait_ms > 100)
			step->wait_ms = 100;
		return FLOW_PARK;
	}
	if (api_tasks_since(monitor->api, monitor->since, monitor->offset,
		&step->request, &fail))
		return FLOW_SEND;
	monitor->broken = true;
	return FLOW_DONE;
}

static bool
accept(void *self, const struct http_response *response)
{
	struct task_monitor *monitor = self;
	size_t got, total;

	if (!wire_each_task(
		&response->body, add_summary, &monitor->coming, &got, &total))
		return false;
	monitor->offset += got;
	if (got == 0 || monitor->offset >= total)
		end_round(monitor);
	return true;
}

static void
refuse(void *self, enum retry_verdict verdict,
    const struct http_response *response)
{
	struct task_monitor *monitor = self;

	(void)verdict, (void)response;
	monitor->broken = true;
}

static void
stop(void *self, bool in_flight, const struct fail *why)
{
	struct task_monitor *monitor = self;

	(void)in_flight, (void)why;
	monitor->broken = true;
}

const struct flow_ops task_monitor_flow = {next, accept, refuse, stop};
