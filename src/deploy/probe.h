/* The flow that looks which certificate is served: at every address of a
 * name, again and again until it is the right one. */
#ifndef DEPLOY_PROBE_H
#define DEPLOY_PROBE_H

#include "net/flow.h"

enum probe_verdict {
	PROBE_RIGHT,
	PROBE_OTHER,       /* it answers with something else */
	PROBE_UNREACHABLE, /* no handshake */
};

struct probe {
	char host[256]; /* the name to ask for (SNI) */
	char port[6];
	char address[64]; /* to connect to; "": those the name has */
	int64_t until_ms; /* clock_ms; no try begins later */

	/* Is what was served (PEM) the right one? Else say in `text` what it
	 * is. FAIL_INTERNAL if that cannot be told. */
	bool (*judge)(void *data, const struct buf *pem, bool *right,
	    char *text, size_t size, struct fail *fail);
	void *data;

	enum { PROBE_RESOLVE, PROBE_SHAKE, PROBE_REST, PROBE_DONE } at;
	struct buf addresses;       /* one a line */
	size_t line;                /* the one being asked */
	char now[64];               /* its text */
	enum probe_verdict verdict; /* the worst of this try */
	char said[400];             /* about it */
	unsigned tries;
	int64_t now_ms;
	struct fail fail; /* code FAIL_NONE unless it failed: FAIL_UNSERVED,
			     FAIL_INTERNAL */
};

/* Read "HOST[:PORT][=ADDRESS]" into the empty `probe`; IPv6 hosts and
 * addresses may be in brackets. FAIL_USAGE. */
bool probe_parse(
    const char *text, struct probe *probe, struct fail *fail) MUST_CHECK;
void probe_clear(struct probe *probe);

extern const struct flow_ops probe_flow;

#endif
