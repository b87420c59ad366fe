/* One request on its way through libcurl: set up, received, judged. For the
 * engine alone. */
#ifndef NET_TRANSFER_H
#define NET_TRANSFER_H

#include <curl/curl.h>

#include "net/anchors.h"
#include "net/httpmsg.h"

/* What all transfers of an engine have in common. */
struct transfer_common {
	struct curl_slist *headers;
	char user_agent[64];
	struct anchors anchors;
	bool public_only; /* connect to no other addresses */
};

struct transfer {
	struct transfer *next; /* in the engine's list */
	CURL *easy;
	struct curl_slist *connect_to;
	const struct http_request *request;
	size_t tag; /* the engine's */
	int64_t started;
	size_t header_bytes;
	bool sent; /* the request may have begun to leave */
	bool too_big, no_memory, private_address;
	int64_t retry_at; /* Retry-After as a date; -1 */
	struct http_response response;
	char error[CURL_ERROR_SIZE];
};

/* Ready to be handed to libcurl, but for the methods that send no request
 * (dial.h); `common` and `request` must stay. NULL without memory. */
struct transfer *transfer_new(const struct transfer_common *common,
    const struct http_request *request, int64_t timeout_ms) MUST_CHECK;
void transfer_free(struct transfer *transfer);

/* Append to the response's body; false, which the outcome tells, beyond its
 * bound and without memory. */
bool transfer_add_body(
    struct transfer *transfer, const char *bytes, size_t len) MUST_CHECK;

/* libcurl is done with it, as `code` says: complete its response, and say so
 * in the log. */
void transfer_finish(struct transfer *transfer, CURLcode code);

#endif
