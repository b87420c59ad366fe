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

static const struct {
	unsigned char first[16];
	unsigned bits;
} special6[] = {
    {{0}, 127}, /* unspecified and loopback */
    {{0x01, 0x00}, 64},
    {{0x20, 0x01}, 23},
    {{0x20, 0x01, 0x0d, 0xb8}, 32},
    {{0x20, 0x02}, 16}, /* 6to4 */
    {{0x3f, 0xff}, 20},
    {{0x5f, 0x00}, 16},
    {{0xfc}, 7},
    {{0xfe, 0x80}, 10},
    {{0xfe, 0xc0}, 10},
    {{0xff}, 8},
};

/* IPv4 in the last four bytes. */
static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
static const unsigned char nat64[12] = {0x00, 0x64, 0xff, 0x9b};

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
	if (begins(address, mapped, 96) || begins(address, nat64, 96))
		return is_public4(address + 12);
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
