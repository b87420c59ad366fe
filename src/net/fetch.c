#include "net/fetch.h"

#include <string.h>

void
fetch_init(struct fetch *fetch, const char *url, size_t max)
{
	*fetch = (struct fetch){.url = url, .body.max = max};
}

void
fetch_clear(struct fetch *fetch)
{
	buf_clear(&fetch->body);
}

static enum flow_next
next(void *self, struct flow_step *step)
{
	struct fetch *fetch = self;

	if (fetch->asked)
		return FLOW_DONE;
	fetch->asked = true;
	step->request.max_body = fetch->body.max;
	if (buf_append(&step->request.url, fetch->url, strlen(fetch->url),
		&fetch->fail))
		return FLOW_SEND;
	return FLOW_DONE;
}

static bool
accept(void *self, const struct http_response *response)
{
	struct fetch *fetch = self;

	return buf_append(&fetch->body, response->body.data, response->body.len,
	    &fetch->fail);
}

static void
refuse(void *self, enum retry_verdict verdict,
    const struct http_response *response)
{
	struct fetch *fetch = self;

	(void)verdict;
	if (response->outcome == HTTP_ANSWERED)
		fail_set(&fetch->fail, FAIL_NETWORK,
		    "%s: the server answered %d", fetch->url, response->status);
	else
		fail_set(&fetch->fail, FAIL_NETWORK, "%s: %s", fetch->url,
		    response->error);
	fail_hint(&fetch->fail, "get the issuer yourself, and add it to "
				"--chain");
}

static void
stop(void *self, bool in_flight, const struct fail *why)
{
	struct fetch *fetch = self;

	(void)in_flight;
	fetch->fail = *why;
	fail_in(&fetch->fail, "%s", fetch->url);
}

const struct flow_ops fetch_flow = {next, accept, refuse, stop};
