/* URLs (RFC 3986): which may get secrets, and what a log shows of one. */
#ifndef NET_URL_H
#define NET_URL_H

#include "base/fail.h"

/*
 * A base URL this program may send secrets to: https, or http to a literal
 * loopback address (127.0.0.0/8, [::1]), without user, query and fragment.
 * FAIL_USAGE.
 */
bool url_check(const char *url, struct fail *fail) MUST_CHECK;

/* The path of an absolute URL, in `*len` bytes of it. */
const char *url_path(const char *url, int *len);

#endif
