#include "gcore/api.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "gcore/wire.h"

/* Far more than one object needs; a page of 1000 tasks has 570 KB. */
#define MAX_OBJECT ((size_t)256 << 10)
#define MAX_PAGE ((size_t)1 << 20)
/* Records with much in them, up to a thousand. */
#define MAX_LONG_PAGE ((size_t)4 << 20)

/* --- addresses ------------------------------------------------------------ */

static bool
ends_in(const char *text, size_t len, const char *end)
{
	size_t n = strlen(end);

	return len >= n && memcmp(text + len - n, end, n) == 0;
}

bool
api_set_base(struct api *api, const char *url, struct fail *fail)
{
	size_t len = strlen(url);

	while (len > 0 && url[len - 1] == '/')
		len--;
	buf_clear(&api->base);
	return buf_append(&api->base, url, len, fail) &&
	       (ends_in(url, len, "/cloud") ||
		   buf_append(&api->base, "/cloud", 6, fail));
}

void
api_clear(struct api *api)
{
	buf_clear(&api->base);
}

bool
api_authorization(const char *token, struct buf *value, struct fail *fail)
{
	return buf_printf(value, fail, "APIKey %s", token);
}

/* The URL of what belongs to the project and region: ".../v1/secrets/7/8". */
static bool
locate(const struct api *api, int version, const char *what,
    struct http_request *request, struct fail *fail)
{
	return buf_printf(&request->url, fail, "%s/v%d/%s/%" PRId64 "/%" PRId64,
	    buf_text(&api->base), version, what, api->project, api->region);
}

static bool
locate_page(const struct api *api, const char *what, size_t offset,
    struct http_request *request, struct fail *fail)
{
	return locate(api, 1, what, request, fail) &&
	       buf_printf(&request->url, fail, "?limit=%d&offset=%zu", API_PAGE,
		   offset);
}

/* Of those located, the one with an address of its own. */
static bool
narrow(const char *id, struct http_request *request, struct fail *fail)
{
	return buf_printf(&request->url, fail, "/%s", id);
}

static const char *
what_of(enum referrer_kind kind)
{
	static const char *const words[] = {
	    [REFERRER_LISTENER] = "lblisteners",
	    [REFERRER_POOL] = "lbpools",
	};

	return words[kind];
}

/* --- statuses ------------------------------------------------------------- */

/* 0 at the end of each. */
static const int meanings[][4] = {
    [API_MISSING] = {404},
    [API_LOCKED] = {409},
    [API_IN_USE] = {400},
    [API_GONE] = {404, 405, 410},
};

bool
api_means(const struct http_response *response, enum api_meaning meaning)
{
	for (const int *status = meanings[meaning]; *status != 0; status++)
		if (response->status == *status)
			return true;
	return false;
}

/* --- operations ----------------------------------------------------------- */

bool
api_create_secret(const struct api *api, const struct secret_draft *draft,
    struct http_request *request, struct fail *fail)
{
	bool v2 = draft->payload == NULL;

	request->method = HTTP_POST;
	request->once = true;
	request->max_body = MAX_OBJECT;
	return locate(api, v2 ? 2 : 1, "secrets", request, fail) &&
	       (v2 ? wire_create_secret_v2(draft, &request->body, fail)
		   : wire_create_secret(draft, &request->body, fail));
}

bool
api_secrets(const struct api *api, size_t offset, struct http_request *request,
    struct fail *fail)
{
	request->max_body = MAX_PAGE;
	return locate_page(api, "secrets", offset, request, fail);
}

bool
api_delete_secret(const struct api *api, const char *id,
    struct http_request *request, struct fail *fail)
{
	request->method = HTTP_DELETE;
	request->max_body = MAX_OBJECT;
	request->answers = meanings[API_MISSING];
	return locate(api, 1, "secrets", request, fail) &&
	       narrow(id, request, fail);
}

bool
api_referrers(const struct api *api, enum referrer_kind kind, size_t offset,
    struct http_request *request, struct fail *fail)
{
	request->max_body = MAX_LONG_PAGE;
	return locate_page(api, what_of(kind), offset, request, fail);
}

bool
api_referrer(const struct api *api, enum referrer_kind kind, const char *id,
    struct http_request *request, struct fail *fail)
{
	request->max_body = MAX_OBJECT;
	return locate(api, 1, what_of(kind), request, fail) &&
	       narrow(id, request, fail);
}

bool
api_patch_referrer(const struct api *api, enum referrer_kind kind,
    const char *id, struct http_request *request, struct fail *fail)
{
	request->method = HTTP_PATCH;
	request->max_body = MAX_OBJECT;
	request->ages = true;
	request->answers = meanings[API_LOCKED];
	return locate(api, 2, what_of(kind), request, fail) &&
	       narrow(id, request, fail);
}

bool
api_balancers(const struct api *api, size_t offset,
    struct http_request *request, struct fail *fail)
{
	request->max_body = MAX_LONG_PAGE;
	return locate_page(api, "loadbalancers", offset, request, fail);
}

bool
api_task(const struct api *api, const char *id, struct http_request *request,
    struct fail *fail)
{
	request->max_body = MAX_OBJECT;
	request->answers = meanings[API_MISSING];
	return buf_printf(
	    &request->url, fail, "%s/v1/tasks/%s", buf_text(&api->base), id);
}

bool
api_creating_tasks(const struct api *api, size_t offset,
    struct http_request *request, struct fail *fail)
{
	request->max_body = MAX_PAGE;
	return buf_printf(&request->url, fail,
	    "%s/v1/tasks/%" PRId64 "/%" PRId64
	    "/active?task_type=create_secret&limit=%d&offset=%zu",
	    buf_text(&api->base), api->project, api->region, API_PAGE, offset);
}

bool
api_tasks_since(const struct api *api, int64_t since, size_t offset,
    struct http_request *request, struct fail *fail)
{
	char from[CLOCK_ISO_SIZE] = "";

	if (since >= 0)
		clock_iso(since, from);
	request->max_body = MAX_LONG_PAGE;
	return buf_printf(&request->url, fail,
	    "%s/v1/tasks?project_id=%" PRId64 "&region_id=%" PRId64
	    "&task_type=create_secret%s%s%s&limit=%d&offset=%zu",
	    buf_text(&api->base), api->project, api->region,
	    from[0] == '\0' ? "" : "&from_timestamp=", from,
	    from[0] == '\0' ? "" : "Z", API_PAGE, offset);
}

bool
api_quotas(
    const struct api *api, struct http_request *request, struct fail *fail)
{
	request->max_body = MAX_PAGE;
	return buf_printf(
	    &request->url, fail, "%s/v2/client_quotas", buf_text(&api->base));
}

bool
api_projects(const struct api *api, size_t offset, struct http_request *request,
    struct fail *fail)
{
	request->max_body = MAX_PAGE;
	return buf_printf(&request->url, fail,
	    "%s/v1/projects?limit=%d&offset=%zu", buf_text(&api->base),
	    API_PAGE, offset);
}

bool
api_regions(const struct api *api, size_t offset, struct http_request *request,
    struct fail *fail)
{
	request->max_body = MAX_PAGE;
	return buf_printf(&request->url, fail,
	    "%s/v1/regions?limit=%d&offset=%zu", buf_text(&api->base), API_PAGE,
	    offset);
}

/* --- refusals ------------------------------------------------------------- */

static const struct rule {
	int first, last;
	enum fail_code code;
	const char *hint;
} rules[] = {
    {300, 399, FAIL_NETWORK,
	"this is a redirect, never followed: correct GCORE_BASE_URL"},
    {401, 401, FAIL_AUTH,
	"check GCORE_API_KEY or --api-key-file; the key may have expired"},
    {403, 403, FAIL_AUTH,
	"the key's role must allow changes in this project (Project User or "
	"Administrator)"},
    {404, 404, FAIL_REFUSED, "check --project, --region and GCORE_BASE_URL"},
    {407, 407, FAIL_NETWORK, "the proxy wants credentials"},
    {408, 408, FAIL_NETWORK, "run again later"},
    {413, 413, FAIL_REFUSED, "send a shorter chain or a smaller key"},
    {429, 429, FAIL_NETWORK, "run again later"},
    {500, 599, FAIL_NETWORK, "the service has trouble: run again later"},
};

static bool
unanswered(
    const struct http_response *response, const char *doing, struct fail *fail)
{
	static const struct {
		const char *fact, *hint;
		enum fail_code code;
	} rows[] = {
	    [HTTP_NOT_SENT] = {"cannot reach the server",
		"check GCORE_BASE_URL, the network and its proxy; run again",
		FAIL_NETWORK},
	    [HTTP_NO_ANSWER] = {"no answer", "run again", FAIL_NETWORK},
	    [HTTP_UNTRUSTED] = {"the server's certificate is not trusted",
		"install its CA in the system's trust store or name it with "
		"--ca-file",
		FAIL_NETWORK},
	    [HTTP_TOO_BIG] = {"unusable answer",
		"is GCORE_BASE_URL the address of the API?", FAIL_NETWORK},
	    [HTTP_LOCAL] = {"cannot send", "", FAIL_INTERNAL},
	};

	fail_set(fail, rows[response->outcome].code, "%s: %s: %s", doing,
	    rows[response->outcome].fact, response->error);
	return fail_hint(fail, "%s", rows[response->outcome].hint);
}

bool
api_refusal(
    const struct http_response *response, const char *doing, struct fail *fail)
{
	const struct rule *rule = NULL;
	char said[320];

	if (response->outcome != HTTP_ANSWERED)
		return unanswered(response, doing, fail);
	for (size_t i = 0; i < COUNTOF(rules); i++)
		if (response->status >= rules[i].first &&
		    response->status <= rules[i].last)
			rule = &rules[i];
	if (response->status / 100 == 2) {
		fail_set(fail, FAIL_NETWORK,
		    "%s: the answer cannot be understood", doing);
		return fail_hint(
		    fail, "is GCORE_BASE_URL the address of the API?");
	}
	wire_refusal(&response->body, said, sizeof(said));
	fail_set(fail, rule == NULL ? FAIL_REFUSED : rule->code,
	    "%s: the server answered %d%s%s", doing, response->status,
	    said[0] == '\0' ? "" : " ", said);
	return fail_hint(fail, "%s", rule == NULL ? "" : rule->hint);
}
