#include "deploy/change.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "gcore/wire.h"

/* Somebody who undoes each of so many writes will go on. */
#define MAX_WRITES 10

void
change_init(struct change *change, const struct api *api,
    const struct referrer *referrer, const struct edit *edit)
{
	*change =
	    (struct change){.api = api, .kind = referrer->kind, .edit = *edit};
	memcpy(change->id, referrer->id, sizeof(change->id));
	memcpy(change->name, referrer->name, sizeof(change->name));
	memcpy(change->balancer, referrer->balancer, sizeof(change->balancer));
}

void
change_clear(struct change *change)
{
	references_clear(&change->before);
	references_clear(&change->after);
	referrer_clear(&change->seen);
}

void
change_turn(struct change *change)
{
	change->undo = true;
	change->at = CHANGE_READ;
	change->fail = (struct fail){0};
	change->wait = (struct task_wait){0};
	change->writes = change->lost = change->locks = 0;
	change->rest = REST_NOT;
}

void
change_describe(const struct change *change, char *text, size_t size)
{
	snprintf(text, size, "%s %s",
	    change->kind == REFERRER_POOL ? "pool" : "listener",
	    change->name[0] == '\0' ? change->id : change->name);
}

/* `fail` is filled, but for where. */
static void
failed(struct change *change)
{
	char what[MODEL_NAME_SIZE + 16];

	change_describe(change, what, sizeof(what));
	fail_in(
	    &change->fail, "%s%s", change->undo ? "putting back " : "", what);
	change->at = CHANGE_DONE;
}

/* --- read ----------------------------------------------------------------- */

/* What it should be, in the empty `wanted`. */
static bool
find_wanted(const struct change *change, struct references *wanted)
{
	const struct references *now = &change->seen.has;

	return change->undo
		   ? edit_undo(&change->before, &change->after, now, wanted)
		   : edit_make(now, &change->edit, wanted);
}

static void
is_as_wanted(struct change *change)
{
	if (change->undo)
		change->is_undone = true;
	else
		change->is_made = change->has_begun;
	change->at = CHANGE_DONE;
}

/* Remember what it will be, and what it would be without any write of ours:
 * others may have edited it since the one before. Takes `wanted` over. */
static bool
keep(struct change *change, struct references *wanted)
{
	struct references before = {0};

	if (change->undo)
		return true;
	if (!edit_undo(
		&change->before, &change->after, &change->seen.has, &before)) {
		references_clear(&before);
		return false;
	}
	references_clear(&change->before);
	references_clear(&change->after);
	change->before = before;
	change->after = *wanted;
	*wanted = (struct references){0};
	return true;
}

static void
is_in_error(struct change *change)
{
	fail_set(&change->fail, FAIL_REFUSED, "it is in ERROR");
	fail_hint(&change->fail, "the load balancer could not use the "
				 "certificate, or was in trouble before");
	failed(change);
}

/* It has been read: what now? A write may mend what is in ERROR, unless that
 * is what came of one. */
static void
judge(struct change *change)
{
	bool broken = strcmp(change->seen.status, "ERROR") == 0;
	struct references wanted = {0};

	if (referrer_is_locked(&change->seen)) {
		change->rest = REST_LOCK;
		/* NOLINTNEXTLINE(bugprone-branch-clone): asked in this order */
	} else if (!find_wanted(change, &wanted)) {
		fail_memory(&change->fail);
		failed(change);
	} else if (broken && change->writes > 0) {
		is_in_error(change);
	} else if (edit_is_same(&change->seen.has, &wanted)) {
		if (broken && !change->undo)
			is_in_error(change);
		else
			is_as_wanted(change);
	} else if (change->writes == MAX_WRITES) {
		fail_set(&change->fail, FAIL_REFUSED,
		    "somebody else changed it back %d times", MAX_WRITES);
		failed(change);
	} else if (task_wait_is_vain(&change->wait, &change->fail)) {
		failed(change);
	} else if (!keep(change, &wanted)) {
		fail_memory(&change->fail);
		failed(change);
	} else {
		change->at = CHANGE_WRITE;
	}
	references_clear(&wanted);
}

static bool
accept_read(struct change *change, const struct http_response *response)
{
	referrer_clear(&change->seen);
	if (!wire_referrer(&response->body, change->kind, &change->seen))
		return false;
	judge(change);
	return true;
}

/* --- write ---------------------------------------------------------------- */

static void
say(const struct change *change)
{
	char what[MODEL_NAME_SIZE + 16];

	change_describe(change, what, sizeof(what));
	log_line(LOG_INFO, "%s %s%s%s",
	    change->undo ? "putting back" : "switching", what,
	    change->undo ? "" : " to ",
	    change->undo ? "" : change->edit.wanted);
}

static bool
write_request(struct change *change, struct flow_step *step)
{
	struct references wanted = {0};
	bool good = find_wanted(change, &wanted)
			? wire_references(&change->seen.has, &wanted,
			      &step->request.body, &change->fail) &&
			      api_patch_referrer(change->api, change->kind,
				  change->id, &step->request, &change->fail)
			: fail_memory(&change->fail);

	references_clear(&wanted);
	say(change);
	change->has_begun |= good;
	change->writes += good;
	return good;
}

static bool
accept_write(struct change *change, const struct http_response *response)
{
	char task[MODEL_ID_SIZE];

	if (api_means(response, API_LOCKED)) {
		/* Locked since it was read; it may have changed, too. */
		change->writes--;
		change->has_begun = change->undo || change->writes > 0;
		change->rest = REST_LOCK;
		change->at = CHANGE_READ;
		return true;
	}
	if (!wire_change_id(&response->body, task))
		return false;
	change->lost = change->locks = 0;
	change->at = task[0] == '\0' ? CHANGE_READ : CHANGE_POLL;
	task_wait_begin(&change->wait, task);
	return true;
}

/* --- task ----------------------------------------------------------------- */

static bool
accept_poll(struct change *change, const struct http_response *response)
{
	if (!task_wait_accept(&change->wait, response, &change->fail))
		return false;
	if (change->wait.outcome == TASK_WAIT_FAILED)
		failed(change);
	/* Finished or lost: what the listener has now is what counts. */
	else if (change->wait.outcome != TASK_WAIT_PENDING)
		change->at = CHANGE_READ;
	return true;
}

/* --- the flow ------------------------------------------------------------- */

static int64_t
pause_ms(struct change *change, double jitter)
{
	if (change->rest == REST_LOST)
		return retry_delay_ms(change->lost, change->asked_ms, jitter);
	return retry_pause_ms(RETRY_PACE_LOCK, change->locks++, jitter);
}

static enum flow_next
next(void *self, struct flow_step *step)
{
	struct change *change = self;
	enum flow_next next;

	if (change->at == CHANGE_DONE)
		return FLOW_DONE;
	if (change->rest != REST_NOT) {
		step->wait_ms = pause_ms(change, step->jitter);
		change->rest = REST_NOT;
		return FLOW_PARK;
	}
	if (change->at == CHANGE_POLL)
		next = task_wait_next(
		    &change->wait, change->api, step, &change->fail);
	else if (change->at == CHANGE_WRITE)
		next = write_request(change, step) ? FLOW_SEND : FLOW_DONE;
	else
		next = api_referrer(change->api, change->kind, change->id,
			   &step->request, &change->fail)
			   ? FLOW_SEND
			   : FLOW_DONE;
	if (next == FLOW_DONE)
		failed(change);
	return next;
}

static bool
accept(void *self, const struct http_response *response)
{
	struct change *change = self;

	switch (change->at) {
	case CHANGE_READ:
		return accept_read(change, response);
	case CHANGE_WRITE:
		return accept_write(change, response);
	default:
		return accept_poll(change, response);
	}
}

static void
refuse(void *self, enum retry_verdict verdict,
    const struct http_response *response)
{
	static const char *const doing[] = {
	    [CHANGE_READ] = "reading it",
	    [CHANGE_WRITE] = "changing it",
	};
	struct change *change = self;

	if (verdict == RETRY_LOOK &&
	    (++change->lost < RETRY_TRIES || response->retry_after_ms >= 0)) {
		change->asked_ms = response->retry_after_ms;
		change->rest = REST_LOST;
		change->at = CHANGE_READ;
		return;
	}
	if (change->at == CHANGE_POLL)
		task_wait_refuse(&change->wait, response, &change->fail);
	else
		api_refusal(response, doing[change->at], &change->fail);
	failed(change);
}

static void
stop(void *self, bool in_flight, const struct fail *why)
{
	struct change *change = self;

	(void)in_flight;
	if (change->at == CHANGE_DONE)
		return;
	change->fail = *why;
	if (change->at == CHANGE_POLL)
		task_wait_stop(&change->wait, &change->fail);
	else if (change->at == CHANGE_READ && change->locks > 0)
		fail_in(&change->fail, "its load balancer is locked");
	failed(change);
}

const struct flow_ops change_flow = {next, accept, refuse, stop};
