#include "net/retry.h"

#define BACKOFF_MS 500.0
#define BACKOFF_MAX_MS 8000.0
/* Full jitter may say zero: a server in trouble gets a moment. */
#define BACKOFF_LEAST_MS 50.0

#define PACE_SPREAD 0.2

static const struct pace {
	double first_ms, growth, most_ms;
} paces[] = {
    [RETRY_PACE_TASK] = {100, 1.25, 5000},
    [RETRY_PACE_TASKS] = {500, 1.25, 5000},
    [RETRY_PACE_LOOK] = {1000, 1.25, 5000},
    [RETRY_PACE_LOCK] = {1000, 1.25, 5000},
    [RETRY_PACE_IN_USE] = {1000, 1, 1000},
    [RETRY_PACE_PROBE] = {100, 1.25, 5000},
};

/*
 * RFC 9110 section 9.2.2: what is idempotent may be sent again; a create
 * (`once`) only where it is certain that the server did not act on it.
 */
static const struct rule {
	enum http_outcome outcome;
	int first, last; /* statuses */
	enum retry_verdict repeatable, once;
} rules[] = {
    {HTTP_ANSWERED, 200, 299, RETRY_ACCEPT, RETRY_ACCEPT},
    {HTTP_ANSWERED, 408, 408, RETRY_AGAIN, RETRY_LOOK},
    {HTTP_ANSWERED, 429, 429, RETRY_AGAIN, RETRY_AGAIN},
    {HTTP_ANSWERED, 500, 599, RETRY_AGAIN, RETRY_LOOK},
    {HTTP_NOT_SENT, 0, 0, RETRY_AGAIN, RETRY_AGAIN},
    {HTTP_NO_ANSWER, 0, 0, RETRY_AGAIN, RETRY_LOOK},
    {HTTP_TOO_BIG, 0, 0, RETRY_GIVE_UP, RETRY_LOOK},
};

static bool
is_answer(const struct http_request *request, int status)
{
	const int *answers = request->answers;

	while (answers != NULL && *answers != 0)
		if (*answers++ == status)
			return true;
	return false;
}

enum retry_verdict
retry_judge(const struct http_request *request,
    const struct http_response *response, unsigned tries)
{
	enum retry_verdict verdict = RETRY_GIVE_UP;
	bool asked =
	    response->outcome == HTTP_ANSWERED && response->retry_after_ms >= 0;

	if (is_answer(request, response->status))
		return RETRY_ACCEPT;
	for (size_t i = 0; i < COUNTOF(rules); i++)
		if (rules[i].outcome == response->outcome &&
		    response->status >= rules[i].first &&
		    response->status <= rules[i].last)
			verdict =
			    request->once ? rules[i].once : rules[i].repeatable;
	/* 503 with Retry-After: refused before it was handled (RFC 9110
	 * section 15.6.4). */
	if (response->status == 503 && asked)
		verdict = RETRY_AGAIN;
	if (verdict == RETRY_AGAIN && request->ages)
		return RETRY_LOOK;
	if (verdict == RETRY_AGAIN && tries >= RETRY_TRIES && !asked)
		return RETRY_GIVE_UP;
	return verdict;
}

enum retry_verdict
retry_judge_unusable(const struct http_request *request, unsigned tries)
{
	if (request->once || request->ages)
		return RETRY_LOOK;
	return tries >= RETRY_TRIES ? RETRY_GIVE_UP : RETRY_AGAIN;
}

static double
grown(double start, double growth, double most, unsigned steps)
{
	while (steps-- > 0 && start < most)
		start *= growth;
	return start < most ? start : most;
}

int64_t
retry_delay_ms(unsigned tries, int64_t retry_after_ms, double jitter)
{
	double delay = grown(BACKOFF_MS, 2, BACKOFF_MAX_MS, tries - 1) * jitter;

	if (delay < BACKOFF_LEAST_MS)
		delay = BACKOFF_LEAST_MS;
	return retry_after_ms > (int64_t)delay ? retry_after_ms
					       : (int64_t)delay;
}

int64_t
retry_pause_ms(enum retry_pace pace, unsigned number, double jitter)
{
	const struct pace *how = &paces[pace];
	double pause = grown(how->first_ms, how->growth, how->most_ms, number);

	return (int64_t)(pause * (1 + PACE_SPREAD * (2 * jitter - 1)));
}
