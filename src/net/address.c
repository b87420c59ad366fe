#include "net/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

static const struct {
	unsigned char first[4];
	unsigned bits;
} special4[] = {
    {{0}, 8},
    {{10}, 8},
    {{100, 64}, 10},
    {{127}, 8},
    {{169, 254}, 16},
    {{172, 16}, 12},
    {{192, 0, 0}, 24},
    {{192, 0, 2}, 24},
    {{192, 88, 99}, 24},
    {{192, 168}, 16},
    {{198, 18}, 15},
    {{198, 51, 100}, 24},
    {{203, 0, 113}, 24},
    {{224}, 3},
};

/* IPv6: what IANA has given out for the internet (RFC 4291 section 2.4),
 * without the parts of it that are special. Outside are private, link-local
 * and multicast addresses, and those that stand for an IPv4 address: NAT64
 * (RFC 6052, RFC 8215), IPv4-compatible and IPv4-translated. */
static const unsigned char unicast[1] = {0x20};

static const struct {
	unsigned char first[4];
	unsigned bits;
} special6[] = {
    {{0x20, 0x01}, 23}, /* with Teredo */
    {{0x20, 0x01, 0x0d, 0xb8}, 32},
    {{0x20, 0x02}, 16}, /* 6to4 */
    {{0x3f, 0xff}, 20},
};

/* The system connects to the IPv4 address in the last four bytes. */
static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};

static bool
begins(const unsigned char *address, const unsigned char *first, unsigned bits)
{
	unsigned char mask = (unsigned char)(0xff00 >> bits % 8);

	return memcmp(address, first, bits / 8) == 0 &&
	       (bits % 8 == 0 ||
		   ((address[bits / 8] ^ first[bits / 8]) & mask) == 0);
}

static bool
is_public4(const unsigned char *address)
{
	for (size_t i = 0; i < COUNTOF(special4); i++)
		if (begins(address, special4[i].first, special4[i].bits))
			return false;
	return true;
}

static bool
is_public6(const unsigned char *address)
{
	if (begins(address, mapped, 96))
		return is_public4(address + 12);
	if (!begins(address, unicast, 3))
		return false;
	for (size_t i = 0; i < COUNTOF(special6); i++)
		if (begins(address, special6[i].first, special6[i].bits))
			return false;
	return true;
}

bool
address_is_public(const struct sockaddr *address)
{
	struct sockaddr_in in4;
	struct sockaddr_in6 in6;

	switch (address->sa_family) {
	case AF_INET:
		memcpy(&in4, address, sizeof(in4));
		return is_public4((unsigned char *)&in4.sin_addr);
	case AF_INET6:
		memcpy(&in6, address, sizeof(in6));
		return is_public6((unsigned char *)&in6.sin6_addr);
	default:
		return false;
	}
}
