#include "net/transfer.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "net/address.h"
#include "net/url.h"

/* More header than any real answer has. */
#define MAX_HEADERS ((size_t)64 << 10)

#define CONNECT_TIMEOUT_MS 10000L
/* Less than a byte a second for so long is a dead peer. */
#define STALL_SECONDS 30L

/* --- what is received ----------------------------------------------------- */

bool
transfer_add_body(struct transfer *transfer, const char *bytes, size_t len)
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
	return transfer_add_body(transfer, bytes, len) ? len : 0;
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

/* Seconds, or a date to read against the server's own. */
static void
read_retry_after(struct transfer *transfer, const char *value)
{
	double seconds;
	char rest;

	if (sscanf(value, "%9lf %c", &seconds, &rest) == 1 && seconds >= 0)
		transfer->response.retry_after_ms = (int64_t)(seconds * 1000);
	else
		transfer->retry_at = curl_getdate(value, NULL);
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
	if ((value = field_value(text, strlen(text), "retry-after:")) != NULL)
		read_retry_after(transfer, value);
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

/* --- set-up --------------------------------------------------------------- */

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
set_request(struct transfer *transfer, const struct transfer_common *common)
{
	const struct http_request *request = transfer->request;
	CURL *easy = transfer->easy;
	CURLcode bad = CURLE_OK;

	SET(CURLOPT_HTTPHEADER, common->headers);
	SET(CURLOPT_USERAGENT, common->user_agent);
	SET(CURLOPT_CUSTOMREQUEST, http_method_name(request->method));
	if (request->method == HTTP_POST || request->method == HTTP_PATCH) {
		SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.len);
		SET(CURLOPT_POSTFIELDS, buf_text(&request->body));
	}
	return bad;
}

static bool
set_up(struct transfer *transfer, const struct transfer_common *common,
    int64_t timeout_ms)
{
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
	if (plain || common->public_only)
		SET(CURLOPT_PROXY, "");
	if (common->public_only) {
		SET(CURLOPT_OPENSOCKETFUNCTION, on_address);
		SET(CURLOPT_OPENSOCKETDATA, transfer);
	}
	if (common->anchors.file.len > 0)
		SET(CURLOPT_CAINFO, buf_text(&common->anchors.file));
	if (common->anchors.dir.len > 0)
		SET(CURLOPT_CAPATH, buf_text(&common->anchors.dir));
	if (http_method_sends(transfer->request->method))
		bad |= set_request(transfer, common);
	return bad == CURLE_OK;
}

#undef SET

struct transfer *
transfer_new(const struct transfer_common *common,
    const struct http_request *request, int64_t timeout_ms)
{
	struct transfer *transfer = mem_calloc(1, sizeof(*transfer));

	if (transfer == NULL)
		return NULL;
	transfer->request = request;
	transfer->started = clock_ms();
	transfer->retry_at = -1;
	transfer->response.retry_after_ms = -1;
	transfer->response.date = -1;
	transfer->response.body.max = request->max_body;
	if ((transfer->easy = curl_easy_init()) != NULL &&
	    set_up(transfer, common, timeout_ms))
		return transfer;
	transfer_free(transfer);
	return NULL;
}

void
transfer_free(struct transfer *transfer)
{
	curl_easy_cleanup(transfer->easy);
	curl_slist_free_all(transfer->connect_to);
	http_response_clear(&transfer->response);
	mem_free(transfer);
}

/* --- the end -------------------------------------------------------------- */

static enum http_outcome
outcome_of(CURLcode code, const struct transfer *transfer)
{
	if (transfer->too_big)
		return HTTP_TOO_BIG;
	if (code == CURLE_OUT_OF_MEMORY || transfer->no_memory)
		return HTTP_LOCAL;
	if (!http_method_sends(transfer->request->method))
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

static int
status_of(const struct transfer *transfer)
{
	long status = 0;

	if (transfer->response.outcome != HTTP_ANSWERED)
		return 0;
	if (!http_method_sends(transfer->request->method))
		return 200;
	(void)curl_easy_getinfo(
	    transfer->easy, CURLINFO_RESPONSE_CODE, &status);
	return (int)status;
}

/* Why there is no answer. */
static void
explain(struct transfer *transfer, CURLcode code)
{
	struct http_response *response = &transfer->response;

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
}

static void
say_dial(const struct transfer *transfer)
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

void
transfer_finish(struct transfer *transfer, CURLcode code)
{
	struct http_response *response = &transfer->response;

	response->outcome = outcome_of(code, transfer);
	response->status = status_of(transfer);
	if (transfer->retry_at >= 0 && response->date >= 0 &&
	    transfer->retry_at >= response->date)
		response->retry_after_ms =
		    (transfer->retry_at - response->date) * 1000;
	explain(transfer, code);
	if (http_method_sends(transfer->request->method))
		say(transfer);
	else
		say_dial(transfer);
}
