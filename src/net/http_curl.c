#include "net/http.h"

#include <stdio.h>

#include "base/mem.h"
#include "net/dial.h"

/* HTTP/2 carries all on one; HTTP/1.1 gets a few. */
#define MAX_CONNECTIONS 8L

struct http {
	CURLM *multi;
	struct transfer_common common;
	bool broken;            /* was out of memory once */
	bool carried;           /* connections may hold a body */
	struct transfer *first; /* all that are under way */
};

static bool
add_header(struct http *http, const char *name, const char *value)
{
	CLEANUP(buf_clear) struct buf line = {0};
	struct curl_slist *longer;
	struct fail fail;

	if (!buf_printf(&line, &fail, "%s:%s%s", name,
		value[0] == '\0' ? "" : " ", value) ||
	    (longer = curl_slist_append(
		 http->common.headers, buf_text(&line))) == NULL)
		return false;
	http->common.headers = longer;
	return true;
}

static CURLM *
new_multi(void)
{
	CURLM *multi = curl_multi_init();

	if (multi != NULL)
		curl_multi_setopt(
		    multi, CURLMOPT_MAX_HOST_CONNECTIONS, MAX_CONNECTIONS);
	return multi;
}

/*
 * An open HTTP/2 connection keeps the last body it sent, which is the private
 * key: none that carried a create stays open while nothing is under way.
 * libcurl closes connections with the engine alone. Without memory for
 * another the next occasion is taken.
 */
static void
forget_bodies(struct http *http)
{
	CURLM *fresh;

	if (!http->carried || http->first != NULL ||
	    (fresh = new_multi()) == NULL)
		return;
	curl_multi_cleanup(http->multi);
	http->multi = fresh;
	http->carried = false;
}

static bool
set_up(struct http *http, const struct http_options *options, struct fail *fail)
{
	if (curl_global_init_mem(CURL_GLOBAL_DEFAULT, mem_alloc, mem_free,
		mem_realloc, mem_strdup, mem_calloc) != CURLE_OK ||
	    (http->multi = new_multi()) == NULL)
		return fail_memory(fail);
	snprintf(http->common.user_agent, sizeof(http->common.user_agent), "%s",
	    options->user_agent);
	http->common.public_only = options->public_only;
	/* Expect: one round trip more for nothing. */
	if (!add_header(http, "Expect", ""))
		return fail_memory(fail);
	if (options->authorization != NULL &&
	    (!add_header(http, "Accept", "application/json") ||
		!add_header(http, "Content-Type", "application/json") ||
		!add_header(http, "Authorization", options->authorization)))
		return fail_memory(fail);
	return anchors_find(&http->common.anchors,
	    curl_version_info(CURLVERSION_NOW)->capath, options->ca_file, fail);
}

struct http *
http_new(const struct http_options *options, struct fail *fail)
{
	struct http *http = mem_calloc(1, sizeof(*http));

	if (http == NULL)
		fail_memory(fail);
	else if (!set_up(http, options, fail))
		http_free(&http);
	return http;
}

static void
drop(struct http *http, struct transfer *transfer)
{
	struct transfer **link = &http->first;

	while (*link != transfer)
		link = &(*link)->next;
	*link = transfer->next;
	curl_multi_remove_handle(http->multi, transfer->easy);
	transfer_free(transfer);
}

void
http_cancel(struct http *http)
{
	while (http->first != NULL)
		drop(http, http->first);
}

void
http_free(struct http **http)
{
	if (*http == NULL)
		return;
	http_cancel(*http);
	if ((*http)->multi != NULL)
		curl_multi_cleanup((*http)->multi);
	curl_slist_free_all((*http)->common.headers);
	anchors_clear(&(*http)->common.anchors);
	mem_free(*http);
	*http = NULL;
	curl_global_cleanup();
}

/* --- transfers ------------------------------------------------------------ */

static bool
begin(struct http *http, const struct http_request *request, size_t tag,
    int64_t timeout_ms)
{
	struct transfer *transfer =
	    transfer_new(&http->common, request, timeout_ms);

	if (transfer == NULL)
		return false;
	transfer->tag = tag;
	transfer->next = http->first;
	http->first = transfer;
	if ((http_method_sends(request->method) || dial_set_up(transfer)) &&
	    curl_multi_add_handle(http->multi, transfer->easy) == CURLM_OK)
		return true;
	drop(http, transfer);
	return false;
}

bool
http_start(struct http *http, const struct http_request *request, size_t tag,
    int64_t timeout_ms, struct fail *fail)
{
	http->carried |= request->once;
	if (!http->broken && begin(http, request, tag, timeout_ms))
		return true;
	http->broken = true;
	return fail_memory(fail);
}

bool
http_next(struct http *http, size_t *tag, struct http_response *response)
{
	struct transfer *transfer;
	const CURLMsg *message;
	int left;

	curl_multi_perform(http->multi, &left);
	do
		message = curl_multi_info_read(http->multi, &left);
	while (message != NULL && message->msg != CURLMSG_DONE);
	if (message == NULL || curl_easy_getinfo(message->easy_handle,
				   CURLINFO_PRIVATE, &transfer) != CURLE_OK)
		return false;
	if (transfer->request->method == HTTP_PROBE &&
	    message->data.result == CURLE_OK)
		dial_take_certificates(transfer);
	transfer_finish(transfer, message->data.result);
	http->broken |= transfer->response.outcome == HTTP_LOCAL;
	*tag = transfer->tag;
	*response = transfer->response;
	transfer->response = (struct http_response){0};
	drop(http, transfer);
	return true;
}

void
http_wait(struct http *http, int fd, int64_t timeout_ms)
{
	struct curl_waitfd wait = {.fd = fd, .events = CURL_WAIT_POLLIN};

	if (timeout_ms <= 0)
		return;
	forget_bodies(http);
	curl_multi_poll(http->multi, &wait, fd >= 0,
	    timeout_ms > 60000 ? 60000 : (int)timeout_ms, NULL);
}
