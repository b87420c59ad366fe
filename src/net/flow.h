/* Something that wants requests sent, one after the other. */
#ifndef NET_FLOW_H
#define NET_FLOW_H

#include "net/httpmsg.h"
#include "net/retry.h"

enum flow_next {
	FLOW_SEND, /* `step->request` is filled */
	FLOW_WAIT, /* ask again in `step->wait_ms` */
	FLOW_PARK, /* the same, and others may take its place meanwhile */
	FLOW_DONE,
};

struct flow {
	const struct flow_ops *ops;
	void *self;
};

/* What `next` gets and gives. */
struct flow_step {
	int64_t now_ms; /* clock_ms */
	double jitter;  /* in [0, 1) */
	struct http_request request;
	int64_t wait_ms;
};

struct flow_ops {
	/* The next step; its request is empty before. The runner owns it: it
	 * frees one that is not sent at once, another as soon as its answer is
	 * final. */
	enum flow_next (*next)(void *self, struct flow_step *step);

	/* A 2xx, or one of the request's `answers`. False: the body cannot be
	 * used, judge it as an answer that got lost. */
	bool (*accept)(void *self, const struct http_response *response);

	/* No success, and no further try: RETRY_LOOK or RETRY_GIVE_UP. */
	void (*refuse)(void *self, enum retry_verdict verdict,
	    const struct http_response *response);

	/* No more requests: `why` is filled, FAIL_TIMEOUT, FAIL_SIGINT,
	 * FAIL_SIGTERM or FAIL_INTERNAL. `in_flight`: the last request is
	 * abandoned, and what became of it unknown. Nothing is called
	 * again. */
	void (*stop)(void *self, bool in_flight, const struct fail *why);
};

#endif
