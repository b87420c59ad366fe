/* The flow that gets one public document. */
#ifndef NET_FETCH_H
#define NET_FETCH_H

#include "net/flow.h"

struct fetch {
	const char *url;
	struct buf body;  /* bounded by its `max` */
	struct fail fail; /* code FAIL_NONE unless it failed */
	bool asked;
};

/* Get `url`, which must stay, of at most `max` bytes. */
void fetch_init(struct fetch *fetch, const char *url, size_t max);
void fetch_clear(struct fetch *fetch);

/* FAIL_NETWORK when there is no 200. */
extern const struct flow_ops fetch_flow;

#endif
