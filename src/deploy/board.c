#include "deploy/board.h"

#include <stdlib.h>
#include <string.h>

#include "gcore/wire.h"
#include "net/retry.h"

/* While tasks end, the next round is not further than half a second. */
#define BUSY_POLLS 7

void
board_init(struct board *board, const struct api *api, int64_t since)
{
	*board = (struct board){.api = api, .since = since};
}

void
board_clear(struct board *board)
{
	task_list_clear(&board->tasks);
	task_list_clear(&board->coming);
}

static int
by_id(const void *a, const void *b)
{
	const struct task *one = a, *other = b;

	return strcmp(one->id, other->id);
}

const struct task *
board_find(const struct board *board, const char *id)
{
	struct task key;

	if (board->tasks.count == 0)
		return NULL;
	memcpy(key.id, id, sizeof(key.id));
	return bsearch(
	    &key, board->tasks.items, board->tasks.count, sizeof(key), by_id);
}

static size_t
ended(const struct task_list *tasks)
{
	size_t count = 0;

	for (size_t i = 0; i < tasks->count; i++)
		count += tasks->items[i].state != TASK_PENDING;
	return count;
}

static void
end_round(struct board *board)
{
	bool busy = ended(&board->coming) > ended(&board->tasks);

	task_list_clear(&board->tasks);
	board->tasks = board->coming;
	board->coming = (struct task_list){0};
	board->offset = 0;
	board->rounds++;
	if (busy && board->polls > BUSY_POLLS)
		board->polls = BUSY_POLLS;
	board->wake_ms = -1;
	if (board->tasks.count > 0)
		qsort(board->tasks.items, board->tasks.count,
		    sizeof(*board->tasks.items), by_id);
}

static enum flow_next
next(void *self, struct flow_step *step)
{
	struct board *board = self;
	struct fail fail;

	if (board->users == 0 || board->broken)
		return FLOW_DONE;
	if (board->wake_ms < 0)
		board->wake_ms =
		    step->now_ms + retry_poll_ms(board->polls++, step->jitter);
	step->wait_ms = board->wake_ms - step->now_ms;
	if (board->waiting == 0 || step->wait_ms > 0) {
		/* Whoever ends the wait does not tell. */
		if (step->wait_ms < 1 || step->wait_ms > 100)
			step->wait_ms = 100;
		return FLOW_PARK;
	}
	if (api_tasks_since(
		board->api, board->since, board->offset, &step->request, &fail))
		return FLOW_SEND;
	http_request_clear(&step->request);
	board->broken = true;
	return FLOW_DONE;
}

static bool
accept(void *self, const struct http_response *response)
{
	struct board *board = self;
	size_t got, total;

	if (!wire_tasks(&response->body, &board->coming, &got, &total))
		return false;
	board->offset += got;
	if (got == 0 || board->offset >= total)
		end_round(board);
	return true;
}

static void
refuse(void *self, enum retry_verdict verdict,
    const struct http_response *response)
{
	struct board *board = self;

	(void)verdict, (void)response;
	board->broken = true;
}

static void
stop(void *self, bool in_flight, const struct fail *why)
{
	struct board *board = self;

	(void)in_flight, (void)why;
	board->broken = true;
}

const struct flow_ops board_flow = {next, accept, refuse, stop};
