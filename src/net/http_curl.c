#include "net/http.h"

#include <curl/curl.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "net/address.h"
#include "net/anchors.h"
#include "net/url.h"

/* More header than any real answer has. */
#define MAX_HEADERS ((size_t)64 << 10)

#define CONNECT_TIMEOUT_MS 10000L
/* Less than a byte a second for so long is a dead peer. */
#define STALL_SECONDS 30L
/* HTTP/2 carries all on one; HTTP/1.1 gets a few. */
#define MAX_CONNECTIONS 8L

struct http {
	CURLM *multi;
	struct curl_slist *headers;
	struct anchors anchors;
	char user_agent[64];
	bool public_only;
	bool broken;            /* was out of memory once */
	bool carried;           /* connections may hold a body */
	struct transfer *first; /* all that are under way */
};

struct transfer {
	struct transfer *next;
	CURL *easy;
	struct curl_slist *connect_to;
	const struct http_request *request;
	size_t tag;
	int64_t started;
	size_t header_bytes;
	bool sent; /* the request may have begun to leave */
	bool too_big, no_memory, private_address;
	int64_t retry_at; /* Retry-After as a date; -1 */
	struct http_response response;
	char error[CURL_ERROR_SIZE];
};

/* --- the engine ----------------------------------------------------------- */

static bool
add_header(struct http *http, const char *name, const char *value)
{
	CLEANUP(buf_clear) struct buf line = {0};
	struct curl_slist *longer;
	struct fail fail;

	if (!buf_printf(&line, &fail, "%s:%s%s", name,
		value[0] == '\0' ? "" : " ", value) ||
	    (longer = curl_slist_append(http->headers, buf_text(&line))) ==
		NULL)
		return false;
	http->headers = longer;
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
	snprintf(http->user_agent, sizeof(http->user_agent), "%s",
	    options->user_agent);
	http->public_only = options->public_only;
	/* Expect: one round trip more for nothing. */
	if (!add_header(http, "Expect", ""))
		return fail_memory(fail);
	if (options->authorization != NULL &&
	    (!add_header(http, "Accept", "application/json") ||
		!add_header(http, "Content-Type", "application/json") ||
		!add_header(http, "Authorization", options->authorization)))
		return fail_memory(fail);
	return anchors_find(&http->anchors,
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
transfer_free(struct http *http, struct transfer *transfer)
{
	struct transfer **link = &http->first;

	while (*link != transfer)
		link = &(*link)->next;
	*link = transfer->next;
	curl_multi_remove_handle(http->multi, transfer->easy);
	curl_easy_cleanup(transfer->easy);
	curl_slist_free_all(transfer->connect_to);
	http_response_clear(&transfer->response);
	mem_free(transfer);
}

void
http_cancel(struct http *http)
{
	while (http->first != NULL)
		transfer_free(http, http->first);
}

void
http_free(struct http **http)
{
	if (*http == NULL)
		return;
	http_cancel(*http);
	if ((*http)->multi != NULL)
		curl_multi_cleanup((*http)->multi);
	curl_slist_free_all((*http)->headers);
	anchors_clear(&(*http)->anchors);
	mem_free(*http);
	*http = NULL;
	curl_global_cleanup();
}

/* --- one transfer --------------------------------------------------------- */

static bool
add_body(struct transfer *transfer, const char *bytes, size_t len)
{
	struct fail fail;

	if (buf_append(&transfer->response.body, bytes, len, &fail))
		return true;
	transfer->too_big = fail.code == FAIL_INPUT;
	transfer->no_memory = !transfer->too_big;
	return false;
}

/* A length that is announced is room enough: what grows by doubling is
 * copied, and wiped, again and again. */
static void
make_room(struct transfer *transfer)
{
	struct buf *body = &transfer->response.body;
	curl_off_t length = -1;
	struct fail ignored;

	(void)curl_easy_getinfo(
	    transfer->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
	if (length > 0)
		(void)!buf_reserve(body, (size_t)length, &ignored);
}

static size_t
on_body(char *bytes, size_t one, size_t len, void *data)
{
	struct transfer *transfer = data;

	(void)one;
	if (transfer->response.body.len == 0)
		make_room(transfer);
	return add_body(transfer, bytes, len) ? len : 0;
}

/* The value of field `name`, which includes the colon, or NULL. */
static const char *
field_value(const char *line, size_t len, const char *name)
{
	size_t n = strlen(name);

	if (len < n || strncasecmp(line, name, n) != 0)
		return NULL;
	return line + n + strspn(line + n, " \t");
}

static size_t
on_header(char *line, size_t one, size_t len, void *data)
{
	struct transfer *transfer = data;
	struct http_response *response = &transfer->response;
	char text[128];
	const char *value;

	(void)one;
	transfer->header_bytes += len;
	if (transfer->header_bytes > MAX_HEADERS) {
		transfer->too_big = true;
		return 0;
	}
	snprintf(text, sizeof(text), "%.*s", (int)len, line);
	if ((value = field_value(text, strlen(text), "date:")) != NULL)
		response->date = curl_getdate(value, NULL);
	if ((value = field_value(text, strlen(text), "retry-after:")) != NULL) {
		double seconds;
		char rest;

		/* Seconds, or a date to read against the server's own. */
		if (sscanf(value, "%9lf %c", &seconds, &rest) == 1 &&
		    seconds >= 0)
			response->retry_after_ms = (int64_t)(seconds * 1000);
		else
			transfer->retry_at = curl_getdate(value, NULL);
	}
	return len;
}

/*
 * Called each time libcurl is about to send the request: when a reused
 * connection dies without an answer it would send a POST once more by
 * itself. The second call refuses, and the outcome stays unknown.
 */
static int
on_send(void *data, char *remote, char *local, int remote_port, int local_port)
{
	struct transfer *transfer = data;

	(void)remote, (void)local, (void)remote_port, (void)local_port;
	if (transfer->sent && transfer->request->once)
		return CURL_PREREQFUNC_ABORT;
	transfer->sent = true;
	return CURL_PREREQFUNC_OK;
}

/* Asked for each address before it is connected to. */
static curl_socket_t
on_address(void *data, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct transfer *transfer = data;

	(void)purpose;
	if (address_is_public(&address->addr))
		return socket(address->family, address->socktype | SOCK_CLOEXEC,
		    address->protocol);
	transfer->private_address = true;
	return CURL_SOCKET_BAD;
}

/*
 * For HTTP_RESOLVE. libcurl offers no resolver, but its own tries each
 * address of both families until one connects: none does.
 */
static curl_socket_t
on_resolved(void *data, curlsocktype purpose, struct curl_sockaddr *address)
{
	char text[NI_MAXHOST];

	(void)purpose;
	if (getnameinfo(&address->addr, address->addrlen, text, sizeof(text),
		NULL, 0, NI_NUMERICHOST) == 0 &&
	    add_body(data, text, strlen(text)))
		(void)add_body(data, "\n", 1);
	return CURL_SOCKET_BAD;
}

/* What is the same for every request. */
static const struct {
	CURLoption option;
	long value;
} fixed[] = {
    {CURLOPT_NOSIGNAL, 1},
    {CURLOPT_UPLOAD_BUFFERSIZE, 16384}, /* a bundle has less; not 64 KiB */
    {CURLOPT_FOLLOWLOCATION, 0},
    {CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2},
    {CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS},
    {CURLOPT_PIPEWAIT, 1},
    {CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS},
    {CURLOPT_LOW_SPEED_LIMIT, 1},
    {CURLOPT_LOW_SPEED_TIME, STALL_SECONDS},
};

#define SET(option, value) bad |= curl_easy_setopt(easy, option, value)

static CURLcode
set_callbacks(CURL *easy, struct transfer *transfer)
{
	CURLcode bad = CURLE_OK;

	SET(CURLOPT_PRIVATE, transfer);
	SET(CURLOPT_ERRORBUFFER, transfer->error);
	SET(CURLOPT_WRITEFUNCTION, on_body);
	SET(CURLOPT_WRITEDATA, transfer);
	SET(CURLOPT_HEADERFUNCTION, on_header);
	SET(CURLOPT_HEADERDATA, transfer);
	SET(CURLOPT_PREREQFUNCTION, on_send);
	SET(CURLOPT_PREREQDATA, transfer);
	return bad;
}

static CURLcode
set_request(struct http *http, struct transfer *transfer)
{
	const struct http_request *request = transfer->request;
	CURL *easy = transfer->easy;
	CURLcode bad = CURLE_OK;

	SET(CURLOPT_HTTPHEADER, http->headers);
	SET(CURLOPT_USERAGENT, http->user_agent);
	SET(CURLOPT_CUSTOMREQUEST, http_method_name(request->method));
	if (request->method == HTTP_POST || request->method == HTTP_PATCH) {
		SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.len);
		SET(CURLOPT_POSTFIELDS, buf_text(&request->body));
	}
	return bad;
}

static CURLcode
set_resolve(struct http *http, struct transfer *transfer)
{
	CURL *easy = transfer->easy;
	CURLcode bad = CURLE_OK;

	(void)http;
	SET(CURLOPT_PROXY, "");
	SET(CURLOPT_FRESH_CONNECT, 1L);
	SET(CURLOPT_OPENSOCKETFUNCTION, on_resolved);
	SET(CURLOPT_OPENSOCKETDATA, transfer);
	return bad;
}

/*
 * The one place without verification, and no exception to its sense, which
 * is that nothing is sent to a stranger and no stranger is believed. A probe
 * asks an address which certificate it serves, to compare it with the one
 * uploaded, byte by byte; that is a stricter test than verification, which
 * would refuse to show the wrong, expired or private certificate that the
 * probe is there to report. No request, header or key is sent over the
 * connection, and it serves no other transfer: it ends with the handshake.
 */
static CURLcode
set_probe(struct http *http, struct transfer *transfer)
{
	static const struct {
		CURLoption option;
		long value;
	} probe[] = {
	    {CURLOPT_SSL_VERIFYPEER, 0}, {CURLOPT_SSL_VERIFYHOST, 0},
	    {CURLOPT_CONNECT_ONLY, 1}, {CURLOPT_CERTINFO, 1},
	    {CURLOPT_FRESH_CONNECT, 1}, {CURLOPT_FORBID_REUSE, 1},
	    {CURLOPT_SSL_SESSIONID_CACHE, 0}, /* resumed: no certificates */
	    {CURLOPT_SSL_ENABLE_ALPN, 0},     /* no HTTP, no preface of it */
	};
	const char *address = buf_text(&transfer->request->address);
	bool v6 = strchr(address, ':') != NULL;
	CLEANUP(buf_clear) struct buf target = {0};
	CURL *easy = transfer->easy;
	CURLcode bad = CURLE_OK;
	struct fail fail;

	(void)http;
	SET(CURLOPT_PROXY, "");
	for (size_t i = 0; i < COUNTOF(probe); i++)
		SET(probe[i].option, probe[i].value);
	if (address[0] == '\0')
		return bad;
	if (!buf_printf(&target, &fail, "::%s%s%s", v6 ? "[" : "", address,
		v6 ? "]" : "") ||
	    (transfer->connect_to =
		    curl_slist_append(NULL, buf_text(&target))) == NULL)
		return CURLE_OUT_OF_MEMORY;
	SET(CURLOPT_CONNECT_TO, transfer->connect_to);
	return bad;
}

static bool
set_options(struct http *http, struct transfer *transfer, int64_t timeout_ms)
{
	static CURLcode (*const set_method[])(
	    struct http *, struct transfer *) = {
	    [HTTP_GET] = set_request,
	    [HTTP_POST] = set_request,
	    [HTTP_PATCH] = set_request,
	    [HTTP_DELETE] = set_request,
	    [HTTP_RESOLVE] = set_resolve,
	    [HTTP_PROBE] = set_probe,
	};
	CURL *easy = transfer->easy;
	const char *url = buf_text(&transfer->request->url);
	bool plain = strncasecmp(url, "http://", 7) == 0;
	CURLcode bad = set_callbacks(easy, transfer);

	for (size_t i = 0; i < COUNTOF(fixed); i++)
		SET(fixed[i].option, fixed[i].value);
	SET(CURLOPT_URL, url);
	SET(CURLOPT_PROTOCOLS_STR, plain ? "http" : "https");
	SET(CURLOPT_TIMEOUT_MS, (long)(timeout_ms < 1 ? 1 : timeout_ms));
	/* A proxy would read what goes unencrypted to this host itself. */
	if (plain || http->public_only)
		SET(CURLOPT_PROXY, "");
	if (http->public_only) {
		SET(CURLOPT_OPENSOCKETFUNCTION, on_address);
		SET(CURLOPT_OPENSOCKETDATA, transfer);
	}
	if (http->anchors.file.len > 0)
		SET(CURLOPT_CAINFO, buf_text(&http->anchors.file));
	if (http->anchors.dir.len > 0)
		SET(CURLOPT_CAPATH, buf_text(&http->anchors.dir));
	bad |= set_method[transfer->request->method](http, transfer);
	return bad == CURLE_OK;
}

#undef SET

static bool
begin(struct http *http, const struct http_request *request, size_t tag,
    int64_t timeout_ms)
{
	struct transfer *transfer = mem_calloc(1, sizeof(*transfer));

	if (transfer == NULL)
		return false;
	transfer->request = request;
	transfer->tag = tag;
	transfer->started = clock_ms();
	transfer->retry_at = -1;
	transfer->response.retry_after_ms = -1;
	transfer->response.date = -1;
	transfer->response.body.max = request->max_body;
	transfer->next = http->first;
	http->first = transfer;
	if ((transfer->easy = curl_easy_init()) != NULL &&
	    set_options(http, transfer, timeout_ms) &&
	    curl_multi_add_handle(http->multi, transfer->easy) == CURLM_OK)
		return true;
	transfer_free(http, transfer);
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

/* --- the end of a transfer ------------------------------------------------ */

static bool
sends_nothing(const struct transfer *transfer)
{
	return transfer->request->method >= HTTP_RESOLVE;
}

/* What a probe was shown. */
static void
take_certificates(struct transfer *transfer)
{
	static const char key[] = "Cert:";
	const struct curl_certinfo *shown = NULL;

	if (curl_easy_getinfo(transfer->easy, CURLINFO_CERTINFO, &shown) !=
		CURLE_OK ||
	    shown == NULL)
		return;
	for (int i = 0; i < shown->num_of_certs; i++)
		for (const struct curl_slist *field = shown->certinfo[i];
		     field != NULL; field = field->next)
			if (strncmp(field->data, key, strlen(key)) == 0 &&
			    (!add_body(transfer, field->data + strlen(key),
				 strlen(field->data) - strlen(key)) ||
				!add_body(transfer, "\n", 1)))
				return;
}

static enum http_outcome
outcome_of(CURLcode code, const struct transfer *transfer)
{
	if (transfer->too_big)
		return HTTP_TOO_BIG;
	if (code == CURLE_OUT_OF_MEMORY || transfer->no_memory)
		return HTTP_LOCAL;
	if (sends_nothing(transfer))
		return transfer->response.body.len > 0 ? HTTP_ANSWERED
						       : HTTP_NOT_SENT;
	if (code == CURLE_OK)
		return HTTP_ANSWERED;
	if (transfer->sent)
		return HTTP_NO_ANSWER;
	if (code == CURLE_PEER_FAILED_VERIFICATION ||
	    code == CURLE_SSL_CACERT_BADFILE)
		return HTTP_UNTRUSTED;
	return HTTP_NOT_SENT;
}

static void
say_special(const struct transfer *transfer)
{
	const struct http_request *request = transfer->request;
	const struct http_response *response = &transfer->response;

	log_line(LOG_DEBUG, "%s %s %s: %zu bytes, %lld ms%s%s",
	    http_method_name(request->method), buf_text(&request->url),
	    buf_text(&request->address), response->body.len,
	    (long long)(clock_ms() - transfer->started),
	    response->error[0] == '\0' ? "" : ", ", response->error);
}

static void
say(const struct transfer *transfer)
{
	const struct http_response *response = &transfer->response;
	static const char *const versions[] = {
	    [CURL_HTTP_VERSION_1_0] = "HTTP/1.0",
	    [CURL_HTTP_VERSION_1_1] = "HTTP/1.1",
	    [CURL_HTTP_VERSION_2_0] = "HTTP/2",
	};
	int path_len;
	const char *path =
	    url_path(buf_text(&transfer->request->url), &path_len);
	long version = 0;

	if (curl_easy_getinfo(
		transfer->easy, CURLINFO_HTTP_VERSION, &version) != CURLE_OK ||
	    version < 0 || version >= (long)COUNTOF(versions) ||
	    versions[version] == NULL)
		version = CURL_HTTP_VERSION_1_1;
	log_line(LOG_DEBUG, "%s %.*s: %s %d, %zu bytes, %lld ms%s%s",
	    http_method_name(transfer->request->method), path_len, path,
	    versions[version], response->status, response->body.len,
	    (long long)(clock_ms() - transfer->started),
	    response->error[0] == '\0' ? "" : ", ", response->error);
}

static void
finish(struct transfer *transfer, CURLcode code)
{
	struct http_response *response = &transfer->response;
	long status = 0;

	if (transfer->request->method == HTTP_PROBE && code == CURLE_OK)
		take_certificates(transfer);
	response->outcome = outcome_of(code, transfer);
	if (response->outcome == HTTP_ANSWERED && sends_nothing(transfer))
		response->status = 200;
	else if (response->outcome == HTTP_ANSWERED &&
		 curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE,
		     &status) == CURLE_OK)
		response->status = (int)status;
	if (transfer->retry_at >= 0 && response->date >= 0 &&
	    transfer->retry_at >= response->date)
		response->retry_after_ms =
		    (transfer->retry_at - response->date) * 1000;
	if (response->outcome == HTTP_TOO_BIG)
		snprintf(response->error, sizeof(response->error),
		    "the answer is larger than %zu bytes",
		    transfer->request->max_body);
	else if (transfer->private_address)
		snprintf(response->error, sizeof(response->error),
		    "its address is not public");
	else if (response->outcome != HTTP_ANSWERED)
		snprintf(response->error, sizeof(response->error), "%s",
		    transfer->error[0] != '\0' ? transfer->error
					       : curl_easy_strerror(code));
	if (sends_nothing(transfer))
		say_special(transfer);
	else
		say(transfer);
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
	finish(transfer, message->data.result);
	http->broken |= transfer->response.outcome == HTTP_LOCAL;
	*tag = transfer->tag;
	*response = transfer->response;
	transfer->response = (struct http_response){0};
	transfer_free(http, transfer);
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
