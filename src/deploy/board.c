#include "deploy/board.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "gcore/wire.h"
#include "net/retry.h"

/* While tasks end, the next round is not further than half a second. */
#define BUSY_POLLS 7

void
board_init(struct board *board, const struct api *api, int64_t since)
{
	*board = (struct board){.api = api, .since = since};
}

static void
round_clear(struct board_round *round)
{
	mem_free(round->notes);
	*round = (struct board_round){0};
}

void
board_clear(struct board *board)
{
	round_clear(&board->last);
	round_clear(&board->coming);
}

static bool
add_note(const struct task *task, void *to)
{
	struct board_round *round = to;
	size_t cap = round->cap == 0 ? 16 : round->cap * 2;
	struct board_note *note;

	if (round->count == round->cap) {
		note = mem_realloc(round->notes, cap * sizeof(*note));
		if (note == NULL)
			return false;
		round->notes = note;
		round->cap = cap;
	}
	note = &round->notes[round->count++];
	note->state = task->state;
	memcpy(note->id, task->id, sizeof(note->id));
	memcpy(note->word, task->word, sizeof(note->word));
	memcpy(note->secret, task->secret, sizeof(note->secret));
	return true;
}

static int
by_id(const void *a, const void *b)
{
	const struct board_note *one = a, *other = b;

	return strcmp(one->id, other->id);
}

const struct board_note *
board_find(const struct board *board, const char *id)
{
	struct board_note key;

	if (board->last.count == 0)
		return NULL;
	memcpy(key.id, id, sizeof(key.id));
	return bsearch(
	    &key, board->last.notes, board->last.count, sizeof(key), by_id);
}

static size_t
ended(const struct board_round *round)
{
	size_t count = 0;

	for (size_t i = 0; i < round->count; i++)
		count += round->notes[i].state != TASK_PENDING;
	return count;
}

static void
end_round(struct board *board)
{
	bool busy = ended(&board->coming) > ended(&board->last);

	round_clear(&board->last);
	board->last = board->coming;
	board->coming = (struct board_round){0};
	board->offset = 0;
	board->rounds++;
	if (busy && board->polls > BUSY_POLLS)
		board->polls = BUSY_POLLS;
	board->wake_ms = -1;
	if (board->last.count > 0)
		qsort(board->last.notes, board->last.count,
		    sizeof(*board->last.notes), by_id);
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

	if (!wire_each_task(
		&response->body, add_note, &board->coming, &got, &total))
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
