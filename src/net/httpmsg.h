/* An HTTP request and what became of it (RFC 9110), as data. */
#ifndef NET_HTTPMSG_H
#define NET_HTTPMSG_H

#include "base/buf.h"

enum http_method {
	HTTP_GET,
	HTTP_POST,
	HTTP_PATCH,
	HTTP_DELETE,

	/*
	 * Two that send no request; `url` is "https://HOST:PORT", the proxy is
	 * not used. Success is HTTP_ANSWERED with status 200, else
	 * HTTP_NOT_SENT.
	 *
	 * RESOLVE: the body is HOST's addresses, IPv4 and IPv6, one a line.
	 *
	 * PROBE: shake hands (TLS, SNI is HOST) with `address`; the body is the
	 * certificates served, PEM, leaf first, whatever they are worth: they
	 * are evidence to be compared, nothing is trusted or sent.
	 */
	HTTP_RESOLVE,
	HTTP_PROBE,
};

/* "GET", "POST", ... */
const char *http_method_name(enum http_method method);

/* False for RESOLVE and PROBE. */
bool http_method_sends(enum http_method method);

struct http_request {
	enum http_method method;
	struct buf url;  /* absolute */
	struct buf body; /* JSON; empty for none */
	size_t max_body; /* the most bytes an answer may have */

	/* PROBE alone: "192.0.2.1", "2001:db8::1"; empty: as HOST resolves. */
	struct buf address;

	/* Must never reach the server twice by itself: not idempotent (RFC
	 * 9110 section 9.2.2). */
	bool once;

	/* Further statuses that are an answer like 2xx, 0 at the end; NULL:
	 * none. */
	const int *answers;

	/* It says what was read just before; others may have changed that
	 * meanwhile, so read again rather than send it again. */
	bool ages;
};

enum http_outcome {
	HTTP_ANSWERED,  /* `status` holds; the body is as long as declared */
	HTTP_NOT_SENT,  /* no byte of the request left this host */
	HTTP_NO_ANSWER, /* it may have been received and acted on */
	HTTP_UNTRUSTED, /* the server's certificate was refused: not sent */
	HTTP_TOO_BIG,   /* answered, beyond `max_body` or the header limit */
	HTTP_LOCAL,     /* no memory here; sent or not */
};

struct http_response {
	enum http_outcome outcome;
	int status;             /* 0 unless answered */
	int64_t retry_after_ms; /* RFC 9110 section 10.2.3; -1: none */
	int64_t date;           /* the server's Date, seconds; -1: none */
	struct buf body;
	char error[256]; /* why there is no answer, for people */
};

/* Wipe and free; the struct is as {0} afterwards. */
void http_request_clear(struct http_request *request);
void http_response_clear(struct http_response *response);

#endif
