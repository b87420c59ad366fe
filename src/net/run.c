#include "net/run.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"

/* One request that needs longer is stuck. */
#define REQUEST_TIMEOUT_MS 60000

#define WATCH_MS 1000

/* --- signals -------------------------------------------------------------- */

static volatile sig_atomic_t caught;
/* A byte here wakes the sleep of run_flows. */
static int wake_pipe[2] = {-1, -1};

static void
on_signal(int number)
{
	int saved = errno;

	caught = number;
	(void)!write(wake_pipe[1], "", 1);
	errno = saved;
}

bool
run_catch_signals(struct fail *fail)
{
	struct sigaction action = {.sa_handler = on_signal};

	sigemptyset(&action.sa_mask);
	if (pipe2(wake_pipe, O_CLOEXEC | O_NONBLOCK) != 0 ||
	    sigaction(SIGINT, &action, NULL) != 0 ||
	    sigaction(SIGTERM, &action, NULL) != 0)
		return fail_set(fail, FAIL_INTERNAL, "cannot catch signals");
	return true;
}

enum fail_code
run_interrupted(void)
{
	return caught == SIGINT    ? FAIL_SIGINT
	       : caught == SIGTERM ? FAIL_SIGTERM
				   : FAIL_NONE;
}

/* --- flows ---------------------------------------------------------------- */

/* Where one flow stands. */
struct slot {
	struct flow flow;
	enum { SLOT_IDLE, SLOT_RETRYING, SLOT_FLYING, SLOT_DONE } at;
	bool open; /* has one of the `at_once` places */
	struct http_request request;
	unsigned tries;
	int64_t wake_ms; /* unless SLOT_FLYING: nothing to do before */
};

struct runner {
	struct http *http;
	const struct run_options *options;
	struct slot *slots;
	size_t count, open, done;
	bool broken; /* the engine takes no more requests */
};

static void
set_open(struct runner *runner, struct slot *slot, bool open)
{
	runner->open += open;
	runner->open -= slot->open;
	slot->open = open;
}

static void
finish(struct runner *runner, struct slot *slot)
{
	http_request_clear(&slot->request);
	set_open(runner, slot, false);
	slot->at = SLOT_DONE;
	runner->done++;
}

static void
stop(struct runner *runner, struct slot *slot, const struct fail *why)
{
	slot->flow.ops->stop(slot->flow.self, slot->at == SLOT_FLYING, why);
	finish(runner, slot);
}

static void
send_request(struct runner *runner, struct slot *slot, int64_t now)
{
	int64_t left = runner->options->deadline_ms - now;
	struct fail fail;

	slot->tries++;
	if (http_start(runner->http, &slot->request,
		(size_t)(slot - runner->slots),
		left < REQUEST_TIMEOUT_MS ? left : REQUEST_TIMEOUT_MS, &fail)) {
		slot->at = SLOT_FLYING;
		return;
	}
	runner->broken = true;
	stop(runner, slot, &fail);
}

static void
ask(struct runner *runner, struct slot *slot, int64_t now)
{
	struct flow_step step = {.now_ms = now, .jitter = clock_jitter()};
	enum flow_next next;

	set_open(runner, slot, true);
	next = slot->flow.ops->next(slot->flow.self, &step);
	slot->wake_ms = now + step.wait_ms;
	if (next == FLOW_SEND) {
		slot->request = step.request;
		slot->tries = 0;
		send_request(runner, slot, now);
		return;
	}
	http_request_clear(&step.request);
	if (next == FLOW_PARK)
		set_open(runner, slot, false);
	else if (next == FLOW_DONE)
		finish(runner, slot);
}

/* The same request later; or, where that would be too late, no more. */
static void
again(struct runner *runner, struct slot *slot,
    const struct http_response *response)
{
	int64_t now = clock_ms();
	int64_t delay = retry_delay_ms(
	    slot->tries, response->retry_after_ms, clock_jitter());
	struct fail late;

	slot->wake_ms = now + delay;
	slot->at = SLOT_RETRYING;
	if (slot->wake_ms < runner->options->deadline_ms)
		return;
	fail_set(&late, FAIL_TIMEOUT,
	    "the server (status %d) wants no further try for %lld s, past "
	    "the deadline",
	    response->status, (long long)(delay / 1000));
	fail_hint(&late, "run again later, or with a longer --timeout");
	stop(runner, slot, &late);
}

static void
answered(struct runner *runner, struct slot *slot,
    const struct http_response *response)
{
	const struct flow *flow = &slot->flow;
	enum retry_verdict verdict =
	    retry_judge(&slot->request, response, slot->tries);

	if (verdict == RETRY_ACCEPT && !flow->ops->accept(flow->self, response))
		verdict = retry_judge_unusable(&slot->request, slot->tries);
	if (verdict == RETRY_AGAIN) {
		again(runner, slot, response);
		return;
	}
	if (verdict != RETRY_ACCEPT)
		flow->ops->refuse(flow->self, verdict, response);
	http_request_clear(&slot->request);
	slot->at = SLOT_IDLE;
	slot->wake_ms = 0;
	if (response->outcome != HTTP_LOCAL)
		return;
	/* All end now; this flow has its own failure, and may act on it. */
	runner->broken = true;
	ask(runner, slot, clock_ms());
}

static bool
has_place(const struct runner *runner, const struct slot *slot)
{
	return slot->open || runner->open < runner->options->at_once;
}

/* Advance what is due and, as asked for, open or not. */
static void
advance_some(struct runner *runner, bool open, int64_t now)
{
	for (size_t i = 0; i < runner->count; i++) {
		struct slot *slot = &runner->slots[i];

		if (slot->at == SLOT_DONE || slot->at == SLOT_FLYING ||
		    slot->open != open || slot->wake_ms > now ||
		    !has_place(runner, slot))
			continue;
		if (slot->at == SLOT_RETRYING)
			send_request(runner, slot, now);
		else
			ask(runner, slot, now);
	}
}

/* What is open first: a place that it gives up is for the earliest of those
 * that want one. */
static void
advance(struct runner *runner, int64_t now)
{
	advance_some(runner, true, now);
	advance_some(runner, false, now);
}

/* When `advance` has something to do next. */
static int64_t
earliest(const struct runner *runner)
{
	int64_t when = runner->options->deadline_ms;

	for (size_t i = 0; i < runner->count; i++) {
		const struct slot *slot = &runner->slots[i];

		if (slot->at != SLOT_DONE && slot->at != SLOT_FLYING &&
		    slot->wake_ms < when && has_place(runner, slot))
			when = slot->wake_ms;
	}
	return when;
}

static void
collect(struct runner *runner)
{
	struct http_response response;
	size_t tag;

	while (http_next(runner->http, &tag, &response)) {
		answered(runner, &runner->slots[tag], &response);
		http_response_clear(&response);
	}
}

/* Must all end now? */
static bool
must_stop(const struct runner *runner, int64_t now, struct fail *why)
{
	enum fail_code signal = run_interrupted();

	if (signal != FAIL_NONE) {
		fail_set(why, signal, "interrupted");
		return true;
	}
	if (runner->broken) {
		fail_memory(why);
		return true;
	}
	if (now < runner->options->deadline_ms)
		return false;
	fail_set(why, FAIL_TIMEOUT, "not done in time");
	fail_hint(why, "run again to continue");
	return true;
}

static void
drive(struct runner *runner)
{
	const struct run_options *options = runner->options;
	struct fail why;

	while (runner->done < runner->count) {
		int64_t now = clock_ms(), until;

		if (must_stop(runner, now, &why))
			break;
		advance(runner, now);
		collect(runner);
		until = earliest(runner);
		if (options->watch != NULL) {
			options->watch(options->data);
			if (until > now + WATCH_MS)
				until = now + WATCH_MS;
		}
		if (runner->done < runner->count)
			http_wait(
			    runner->http, wake_pipe[0], until - clock_ms());
	}
	http_cancel(runner->http);
	for (size_t i = 0; i < runner->count; i++)
		if (runner->slots[i].at != SLOT_DONE)
			stop(runner, &runner->slots[i], &why);
}

bool
run_flows(struct http *http, const struct flow *flows, size_t count,
    const struct run_options *options, struct fail *fail)
{
	struct runner runner = {.http = http,
	    .options = options,
	    .slots = mem_calloc(count, sizeof(*runner.slots)),
	    .count = count};

	if (runner.slots == NULL)
		return fail_memory(fail);
	for (size_t i = 0; i < count; i++)
		runner.slots[i].flow = flows[i];
	drive(&runner);
	mem_free(runner.slots);
	return true;
}
