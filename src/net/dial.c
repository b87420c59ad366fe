#include "net/dial.h"

#include <netdb.h>
#include <string.h>
#include <sys/socket.h>

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
	    transfer_add_body(data, text, strlen(text)))
		(void)!transfer_add_body(data, "\n", 1);
	return CURL_SOCKET_BAD;
}

#define SET(option, value) bad |= curl_easy_setopt(easy, option, value)

static CURLcode
set_resolve(struct transfer *transfer)
{
	CURL *easy = transfer->easy;
	CURLcode bad = CURLE_OK;

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
set_probe(struct transfer *transfer)
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

#undef SET

bool
dial_set_up(struct transfer *transfer)
{
	CURLcode bad = transfer->request->method == HTTP_PROBE
			   ? set_probe(transfer)
			   : set_resolve(transfer);

	return bad == CURLE_OK;
}

void
dial_take_certificates(struct transfer *transfer)
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
			    (!transfer_add_body(transfer,
				 field->data + strlen(key),
				 strlen(field->data) - strlen(key)) ||
				!transfer_add_body(transfer, "\n", 1)))
				return;
}
