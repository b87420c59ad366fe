#include "net/url.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static bool
is_loopback(const char *host)
{
	unsigned a[4];
	char rest;

	if (strcmp(host, "[::1]") == 0)
		return true;
	return sscanf(host, "%3u.%3u.%3u.%3u%c", &a[0], &a[1], &a[2], &a[3],
		   &rest) == 4 &&
	       a[0] == 127 && a[1] < 256 && a[2] < 256 && a[3] < 256;
}

static void
url_free(CURLU **url)
{
	curl_url_cleanup(*url);
}

static void
part_free(char **part)
{
	curl_free(*part);
}

bool
url_check(const char *text, struct fail *fail)
{
	static const CURLUPart unwanted[] = {CURLUPART_USER, CURLUPART_PASSWORD,
	    CURLUPART_QUERY, CURLUPART_FRAGMENT};
	CLEANUP(url_free) CURLU *url = curl_url();
	CLEANUP(part_free) char *scheme = NULL;
	CLEANUP(part_free) char *host = NULL;

	if (url == NULL)
		return fail_memory(fail);
	if (curl_url_set(url, CURLUPART_URL, text, CURLU_NON_SUPPORT_SCHEME) !=
		CURLUE_OK ||
	    curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK ||
	    curl_url_get(url, CURLUPART_HOST, &host, 0) != CURLUE_OK)
		return fail_set(fail, FAIL_USAGE, "'%s' is no URL", text);
	for (size_t i = 0; i < COUNTOF(unwanted); i++) {
		CLEANUP(part_free) char *part = NULL;

		if (curl_url_get(url, unwanted[i], &part, 0) == CURLUE_OK)
			return fail_set(fail, FAIL_USAGE,
			    "the URL may hold scheme, host, port and path "
			    "only");
	}
	if (strcasecmp(scheme, "https") == 0 ||
	    (strcasecmp(scheme, "http") == 0 && is_loopback(host)))
		return true;
	fail_set(fail, FAIL_USAGE,
	    "'%s' would send the private key unprotected", text);
	return fail_hint(
	    fail, "use https://; http:// is for 127.0.0.1 and [::1] alone");
}

const char *
url_path(const char *url, int *len)
{
	const char *host = strstr(url, "://");
	const char *path = host == NULL ? url : host + 3;

	path += strcspn(path, "/?#");
	*len = (int)strcspn(path, "?#");
	return path;
}
