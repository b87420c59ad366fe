/* Drives flows side by side until each is done, the deadline passes, a
 * signal comes or the engine is out of memory. */
#ifndef NET_RUN_H
#define NET_RUN_H

#include "net/flow.h"
#include "net/http.h"

struct run_options {
	int64_t deadline_ms; /* clock_ms time at which all ends */

	/* Places: flows that were asked and have neither parked nor ended.
	 * When one is free, the earliest flow that wants it gets it. */
	size_t at_once;

	/* Called about once a second and at each step, or NULL: for
	 * progress. */
	void (*watch)(void *data);
	void *data;
};

/*
 * From now on SIGINT and SIGTERM end run_flows within its current wait
 * instead of the process. False: FAIL_INTERNAL.
 */
bool run_catch_signals(struct fail *fail) MUST_CHECK;

/* The exit status of a caught signal (FAIL_SIGINT, FAIL_SIGTERM), or
 * FAIL_NONE. */
enum fail_code run_interrupted(void);

/*
 * Run all `count` flows. What became of each is known to itself. False when
 * they could not be run at all: FAIL_INTERNAL.
 */
bool run_flows(struct http *http, const struct flow *flows, size_t count,
    const struct run_options *options, struct fail *fail) MUST_CHECK;

#endif
