/* Flows side by side, over an HTTP engine of the test's own: its symbols win
 * over those of the library. */
#include "unit.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "net/run.h"

extern long mem_total; /* of tests/mem_failing.c */

/* --- the engine ----------------------------------------------------------- */

#define MOST 64

struct http {
	size_t tags[2 * MOST], count; /* under way */
	size_t most;                  /* at once so far */
	struct http_response next;    /* each request's answer */
	bool broken;
	int raise;
	unsigned started, broken_at; /* no memory at that start; 0: never */
};

bool
http_start(struct http *http, const struct http_request *request, size_t tag,
    int64_t timeout_ms, struct fail *fail)
{
	assert_true(timeout_ms > 0);
	assert_string_equal(buf_text(&request->url), "u");
	http->started++;
	if (http->broken || http->started == http->broken_at)
		return fail_memory(fail);
	http->tags[http->count++] = tag;
	if (http->count > http->most)
		http->most = http->count;
	return true;
}

bool
http_next(struct http *http, size_t *tag, struct http_response *response)
{
	if (http->count == 0 ||
	    (http->next.status == 0 && http->next.outcome == HTTP_ANSWERED))
		return false;
	*tag = http->tags[--http->count];
	*response = http->next;
	http->broken |= response->outcome == HTTP_LOCAL;
	return true;
}

void
http_wait(struct http *http, int fd, int64_t timeout_ms)
{
	(void)fd;
	if (http->raise != 0)
		raise(http->raise);
	else if (timeout_ms > 0)
		/* A millisecond; the flows' waits are that short here. */
		(void)!usleep(1000);
}

void
http_cancel(struct http *http)
{
	http->count = 0;
}

/* --- a flow --------------------------------------------------------------- */

struct flow_log {
	unsigned requests; /* still wanted */
	unsigned parks;    /* after the first answer, this often */
	unsigned parked;   /* so far */
	unsigned park_for; /* ... and until so many were accepted in all */
	unsigned accepted, refused, stopped;
	bool in_flight, unusable;
	struct fail why;
};

static unsigned accepts;

static enum flow_next
next(void *self, struct flow_step *step)
{
	struct flow_log *log = self;
	struct fail fail;

	/* Left behind by those that send nothing. */
	assert_true(buf_append(&step->request.url, "u", 1, &fail));
	if (log->accepted > 0 &&
	    (log->parked < log->parks || accepts < log->park_for)) {
		log->parked++;
		step->wait_ms = 1;
		return FLOW_PARK;
	}
	if (log->requests == 0)
		return FLOW_DONE;
	log->requests--;
	return FLOW_SEND;
}

static bool
accept(void *self, const struct http_response *response)
{
	struct flow_log *log = self;

	(void)response;
	log->accepted++;
	accepts++;
	return !log->unusable;
}

static void
refuse(void *self, enum retry_verdict verdict,
    const struct http_response *response)
{
	struct flow_log *log = self;

	(void)response;
	assert_int_equal(verdict, RETRY_GIVE_UP);
	log->refused++;
}

static void
stop(void *self, bool in_flight, const struct fail *why)
{
	struct flow_log *log = self;

	log->stopped++;
	log->in_flight = in_flight;
	log->why = *why;
}

static const struct flow_ops ops = {next, accept, refuse, stop};

static void
run(struct http *http, struct flow_log *logs, size_t count, size_t at_once,
    int64_t time_ms)
{
	struct run_options options = {
	    .deadline_ms = clock_ms() + time_ms, .at_once = at_once};
	struct flow flows[MOST];
	struct fail fail;

	for (size_t i = 0; i < count; i++)
		flows[i] = (struct flow){&ops, &logs[i]};
	assert_true(run_flows(http, flows, count, &options, &fail));
	assert_int_equal(http->count, 0);
}

#define ANSWER(code)                                                           \
	{                                                                      \
		.outcome = HTTP_ANSWERED, .status = (code),                    \
		.retry_after_ms = -1                                           \
	}

/* --- tests ---------------------------------------------------------------- */

static void
every_flow_gets_its_answers_within_the_window(void **state)
{
	struct flow_log logs[MOST] = {0};
	struct http http = {.next = ANSWER(200)};

	(void)state;
	for (size_t i = 0; i < MOST; i++)
		logs[i].requests = (unsigned)i % 4;
	run(&http, logs, MOST, 5, 60000);
	assert_true(http.most <= 5);
	for (size_t i = 0; i < MOST; i++) {
		assert_int_equal(logs[i].accepted, i % 4);
		assert_int_equal(logs[i].stopped, 0);
	}
}

static void
errors_are_tried_three_times(void **state)
{
	struct flow_log log = {.requests = 1};
	struct http http = {.next = ANSWER(500)};

	(void)state;
	run(&http, &log, 1, 1, 60000);
	assert_int_equal(http.started, 3);
	assert_int_equal(log.refused, 1);
}

static void
an_unusable_success_is_tried_again(void **state)
{
	struct flow_log log = {.requests = 1, .unusable = true};
	struct http http = {.next = ANSWER(200)};

	(void)state;
	run(&http, &log, 1, 1, 60000);
	assert_int_equal(log.accepted, 3);
	assert_int_equal(log.refused, 1);
}

static void
patience_past_the_deadline_ends_at_once(void **state)
{
	struct flow_log log = {.requests = 1};
	struct http http = {.next = ANSWER(429)};

	(void)state;
	http.next.retry_after_ms = 3600 * 1000;
	run(&http, &log, 1, 1, 60000);
	assert_int_equal(http.started, 1);
	assert_int_equal(log.stopped, 1);
	assert_int_equal(log.why.code, FAIL_TIMEOUT);
	assert_false(log.in_flight);
}

static void
the_deadline_stops_what_is_under_way_and_what_waits(void **state)
{
	struct flow_log logs[3] = {{.requests = 1}, {.requests = 1}, {0}};
	struct http http = {0}; /* never answers */

	(void)state;
	logs[2].requests = 1;
	run(&http, logs, 3, 2, 1000);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(logs[i].stopped, 1);
		assert_int_equal(logs[i].in_flight, i < 2);
		assert_int_equal(logs[i].why.code, FAIL_TIMEOUT);
	}
}

static void
what_cannot_start_is_told(void **state)
{
	struct flow_log log = {.requests = 1};
	struct http http = {.broken = true};

	(void)state;
	run(&http, &log, 1, 1, 60000);
	assert_int_equal(log.stopped, 1);
	assert_int_equal(log.why.code, FAIL_INTERNAL);
	assert_false(log.in_flight);
}

/* Each rests until all first requests left. */
static void
a_parked_flow_gives_up_its_place(void **state)
{
	struct flow_log logs[MOST] = {0};
	struct http http = {.next = ANSWER(200)};

	(void)state;
	accepts = 0;
	for (size_t i = 0; i < MOST; i++)
		logs[i] = (struct flow_log){.requests = 2, .park_for = MOST};
	run(&http, logs, MOST, 2, 60000);
	assert_true(http.most <= 2);
	for (size_t i = 0; i < MOST; i++) {
		assert_int_equal(logs[i].accepted, 2);
		assert_int_equal(logs[i].stopped, 0);
	}
}

/* The places are full when the parked ones wake: they wait for one. */
static void
a_parked_flow_waits_for_a_place(void **state)
{
	struct flow_log logs[MOST] = {0};
	struct http http = {.next = ANSWER(200)};

	(void)state;
	for (size_t i = 0; i < MOST; i++)
		logs[i] =
		    (struct flow_log){.requests = 3, .parks = (unsigned)i % 3};
	run(&http, logs, MOST, 3, 60000);
	assert_true(http.most <= 3);
	for (size_t i = 0; i < MOST; i++) {
		assert_int_equal(logs[i].accepted, 3);
		assert_int_equal(logs[i].parked, i % 3);
		assert_int_equal(logs[i].stopped, 0);
	}
}

static void
a_start_without_memory_ends_all(void **state)
{
	struct flow_log logs[4] = {0};
	struct http http = {.broken_at = 3};

	(void)state;
	for (size_t i = 0; i < 4; i++)
		logs[i].requests = 1;
	run(&http, logs, 4, 4, 60000);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(logs[i].stopped, 1);
		assert_int_equal(logs[i].why.code, FAIL_INTERNAL);
		assert_string_equal(logs[i].why.text, "out of memory");
	}
	assert_true(logs[0].in_flight && logs[1].in_flight);
	assert_false(logs[2].in_flight);
}

static void
an_answer_lost_for_memory_ends_all(void **state)
{
	struct flow_log logs[3] = {0};
	struct http http = {.next = {.outcome = HTTP_LOCAL}};

	(void)state;
	for (size_t i = 0; i < 3; i++)
		logs[i].requests = 1;
	logs[2].parks = 1;
	run(&http, logs, 3, 1, 60000);
	assert_int_equal(logs[0].refused, 1);
	assert_int_equal(logs[0].stopped, 0);
	for (size_t i = 1; i < 3; i++) {
		assert_int_equal(logs[i].stopped, 1);
		assert_string_equal(logs[i].why.text, "out of memory");
		assert_false(logs[i].in_flight);
	}
}

/* Last: a caught signal stays caught. */
static void
a_signal_stops_everything(void **state)
{
	struct flow_log log = {.requests = 1};
	struct http http = {.raise = SIGTERM};
	struct fail fail;

	(void)state;
	assert_true(run_catch_signals(&fail));
	run(&http, &log, 1, 1, 60000);
	assert_int_equal(log.why.code, FAIL_SIGTERM);
	assert_true(log.in_flight);
	assert_int_equal(run_interrupted(), FAIL_SIGTERM);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_flow_gets_its_answers_within_the_window),
	    cmocka_unit_test(errors_are_tried_three_times),
	    cmocka_unit_test(an_unusable_success_is_tried_again),
	    cmocka_unit_test(patience_past_the_deadline_ends_at_once),
	    cmocka_unit_test(
		the_deadline_stops_what_is_under_way_and_what_waits),
	    cmocka_unit_test(what_cannot_start_is_told),
	    cmocka_unit_test(a_parked_flow_gives_up_its_place),
	    cmocka_unit_test(a_parked_flow_waits_for_a_place),
	    cmocka_unit_test(a_start_without_memory_ends_all),
	    cmocka_unit_test(an_answer_lost_for_memory_ends_all),
	    cmocka_unit_test(a_signal_stops_everything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
