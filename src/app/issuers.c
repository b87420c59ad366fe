#include "app/issuers.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "net/fetch.h"
#include "net/run.h"

/* The size of one (a PKCS#7 answer holds several), and the time for all. */
#define FETCH_SIZE ((size_t)128 << 10)
#define FETCH_MS 30000

void
issuers_clear(struct issuers *issuers)
{
	for (size_t i = 0; i < issuers->count; i++)
		buf_clear(&issuers->urls[i]);
	issuers->count = 0;
}

static bool
fetch(const struct cfg *cfg, struct cred *cred, const char *url,
    int64_t deadline_ms, struct fail *fail)
{
	struct http_options options = {.user_agent = CFG_USER_AGENT,
	    .ca_file = cfg->ca_file,
	    .public_only = !cfg->fetch_private};
	struct run_options run = {.deadline_ms = deadline_ms, .at_once = 1};
	CLEANUP(http_free) struct http *http = http_new(&options, fail);
	CLEANUP(fetch_clear) struct fetch document;
	struct flow flow = {&fetch_flow, &document};

	fetch_init(&document, url, FETCH_SIZE);
	if (http == NULL)
		return false;
	log_line(LOG_INFO, "fetching the missing issuer from %s", url);
	if (!run_flows(http, &flow, 1, &run, fail))
		return false;
	*fail = document.fail;
	return fail->code == FAIL_NONE &&
	       cred_add(cred, url, CRED_CERTS, &document.body, fail);
}

/* NULL: it was asked before, or enough were. */
static struct buf *
new_url(struct issuers *issuers, const char *url, int len, struct fail *fail)
{
	struct buf *added = &issuers->urls[issuers->count];

	for (size_t i = 0; i < issuers->count; i++)
		if (issuers->urls[i].len == (size_t)len &&
		    memcmp(issuers->urls[i].data, url, (size_t)len) == 0)
			return NULL;
	if (issuers->count == ISSUERS_MOST ||
	    !buf_append(added, url, (size_t)len, fail))
		return NULL;
	issuers->count++;
	return added;
}

/* May another address do better? */
static bool
is_its_own(const struct fail *fail)
{
	return fail->code == FAIL_NETWORK || fail->code == FAIL_TIMEOUT ||
	       fail->code == FAIL_INPUT;
}

static bool
ask_each(struct issuers *issuers, const struct cfg *cfg,
    const struct buf *missing, struct cred *cred, struct buf *reasons,
    struct fail *fail)
{
	const char *rest = buf_text(missing), *line;
	int len;

	while (text_line(&rest, &line, &len)) {
		struct buf *url = new_url(issuers, line, len, fail);
		int64_t now = clock_ms();
		/* One that does not answer leaves time for another. */
		int64_t share =
		    (issuers->deadline_ms - now) / (*rest == '\0' ? 1 : 2);

		if (url == NULL)
			continue;
		if (fetch(cfg, cred, buf_text(url), now + share, fail))
			return true;
		if (!is_its_own(fail))
			return false;
		if (!buf_printf(reasons, fail, "%s%s",
			reasons->len == 0 ? "" : "; ", fail->text))
			return false;
	}
	return false;
}

bool
issuers_fetch(struct issuers *issuers, const struct cfg *cfg,
    const struct buf *missing, struct cred *cred, struct fail *fail)
{
	CLEANUP(buf_clear) struct buf reasons = {0};

	if (issuers->deadline_ms == 0)
		issuers->deadline_ms = clock_ms() + FETCH_MS;
	if (ask_each(issuers, cfg, missing, cred, &reasons, fail))
		return true;
	if (reasons.len == 0 || !is_its_own(fail))
		return false;
	fail_set(fail, fail->code, "%s", buf_text(&reasons));
	return fail_hint(
	    fail, "get the issuer yourself, and add it to --chain");
}
