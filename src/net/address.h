/* Which addresses belong to the public internet (RFC 6890 and its
 * registries). */
#ifndef NET_ADDRESS_H
#define NET_ADDRESS_H

#include <sys/socket.h>

#include "base/defs.h"

/* False for private, loopback, link-local, multicast, documentation and
 * other special addresses, also inside IPv4-mapped ones; for the other forms
 * of an IPv4 address in an IPv6 one; and for what is no IP address. */
bool address_is_public(const struct sockaddr *address);

#endif
