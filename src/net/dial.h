/* The methods that send no request, but see who is there: HTTP_RESOLVE and
 * HTTP_PROBE. */
#ifndef NET_DIAL_H
#define NET_DIAL_H

#include "net/transfer.h"

/* Make a new transfer of another method one of these. False without memory. */
bool dial_set_up(struct transfer *transfer) MUST_CHECK;

/* It has succeeded: a probe's body is what it was shown. */
void dial_take_certificates(struct transfer *transfer);

#endif
