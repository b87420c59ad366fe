#include "gcore/quota.h"

#include <inttypes.h>

#include "gcore/wire.h"

void
quota_ask_init(struct quota_ask *ask, const struct api *api)
{
	*ask = (struct quota_ask){.api = api};
}

void
quota_ask_clear(struct quota_ask *ask)
{
	buf_clear(&ask->answer);
}

static enum flow_next
next(void *self, struct flow_step *step)
{
	struct quota_ask *ask = self;
	struct fail fail;

	if (!ask->asked && api_quotas(ask->api, &step->request, &fail)) {
		ask->asked = true;
		return FLOW_SEND;
	}
	return FLOW_DONE;
}

static bool
accept(void *self, const struct http_response *response)
{
	struct quota_ask *ask = self;
	struct quota quota;
	struct fail fail;

	return wire_quota(&response->body, 0, &quota) &&
	       buf_append(&ask->answer, buf_text(&response->body),
		   response->body.len, &fail);
}

static void
refuse(void *self, enum retry_verdict verdict,
    const struct http_response *response)
{
	(void)self, (void)verdict, (void)response;
}

static void
stop(void *self, bool in_flight, const struct fail *why)
{
	(void)self, (void)in_flight, (void)why;
}

const struct flow_ops quota_flow = {next, accept, refuse, stop};

bool
quota_check(const struct quota *quota, size_t need, struct fail *fail)
{
	if (!quota->known || quota->usage + (int64_t)need <= quota->limit)
		return true;
	fail_set(fail, FAIL_REFUSED,
	    "the region has a quota of %" PRId64 " secrets and %" PRId64
	    " of them; %zu more are needed",
	    quota->limit, quota->usage, need);
	return fail_hint(fail,
	    "have the quota raised or delete old secrets; nothing was sent");
}
