/* What an answer means for the next step, and how long to wait. Pure. */
#ifndef NET_RETRY_H
#define NET_RETRY_H

#include "net/httpmsg.h"

enum retry_verdict {
	RETRY_ACCEPT,  /* hand it to the flow */
	RETRY_AGAIN,   /* the same request once more, after a delay */
	RETRY_LOOK,    /* it may have happened, or have aged: find out before
			* anything else; Retry-After is the caller's to keep */
	RETRY_GIVE_UP, /* asking again would not help */
};

/* Tries of one request before an error is final. */
#define RETRY_TRIES 3

/*
 * Judge the answer to the try number `tries` (from 1) of `request`. An
 * answer with Retry-After is tried again however often; the caller's
 * deadline ends it.
 */
enum retry_verdict retry_judge(const struct http_request *request,
    const struct http_response *response, unsigned tries);

/* The same for a 2xx whose body the flow could not use: cut, empty, not
 * JSON. */
enum retry_verdict retry_judge_unusable(
    const struct http_request *request, unsigned tries);

/*
 * Milliseconds to wait after try number `tries`: exponential back-off with
 * full jitter (`jitter` in [0, 1)), never less than the server asked for
 * (`retry_after_ms`, -1: nothing).
 */
int64_t retry_delay_ms(unsigned tries, int64_t retry_after_ms, double jitter);

/* How often to ask for something healthy that needs its time. */
enum retry_pace {
	RETRY_PACE_TASK,   /* a task: many end within a second */
	RETRY_PACE_TASKS,  /* a list of tasks while some of them end */
	RETRY_PACE_LOOK,   /* a look that takes several requests */
	RETRY_PACE_LOCK,   /* a lock: it lasts as long as somebody's task */
	RETRY_PACE_IN_USE, /* a use that ends within seconds */
	RETRY_PACE_PROBE,  /* an address that may serve another certificate */
};

/* Milliseconds to pause before asking for the time `number` (from 0), spread
 * by a fifth either way. */
int64_t retry_pause_ms(enum retry_pace pace, unsigned number, double jitter);

#endif
