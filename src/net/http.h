/* The transfer engine: many requests at once over few connections. */
#ifndef NET_HTTP_H
#define NET_HTTP_H

#include "net/httpmsg.h"

struct http;

struct http_options {
	const char *user_agent;    /* RFC 9110 section 10.1.5 */
	const char *authorization; /* value of that field, for JSON both
				      ways; NULL: a public document */
	const char *ca_file;       /* PEM of further trust anchors, or NULL */
	bool public_only;          /* connect to no other addresses, and
				      through no proxy */
};

/*
 * Start the engine; before anything is sent or believed, certificates are
 * verified (RFC 9525; HTTP_PROBE does neither), TLS is 1.2 or later, redirects
 * are never followed, no cookies, no netrc. NULL: FAIL_INTERNAL, or FAIL_USAGE
 * for a CA file that cannot be read.
 */
struct http *http_new(
    const struct http_options *options, struct fail *fail) MUST_CHECK;
void http_free(struct http **http);

/*
 * Send `request`, which must stay until its response came or the engine is
 * freed; `tag` comes back with the response. At most `timeout_ms` in all.
 * FAIL_INTERNAL: out of memory. After that, or an HTTP_LOCAL, libcurl may
 * never answer again: each further call fails.
 */
bool http_start(struct http *http, const struct http_request *request,
    size_t tag, int64_t timeout_ms, struct fail *fail) MUST_CHECK;

/*
 * Advance all transfers. True: `response` (owned by the caller) is that of
 * `*tag`; call again. False: none is ready; http_wait then.
 */
bool http_next(
    struct http *http, size_t *tag, struct http_response *response) MUST_CHECK;

/* Sleep until a transfer can advance, `fd` (or -1) is readable, or
 * `timeout_ms` passed. */
void http_wait(struct http *http, int fd, int64_t timeout_ms);

/* Abandon all transfers; none of them will be answered. */
void http_cancel(struct http *http);

#endif
