/* Addresses that may get secrets, and those that may give issuers. */
#include "unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "net/address.h"
#include "net/http.h"

static void
secrets_go_to_https_or_loopback_alone(void **state)
{
	static const struct {
		const char *url;
		bool good;
	} rows[] = {
	    {"https://api.gcore.com", true},
	    {"https://api.gcore.com/", true},
	    {"HTTPS://api.gcore.com/cloud", true},
	    {"https://[2001:db8::1]:8443/cloud", true},
	    {"http://127.0.0.1", true},
	    {"http://127.0.0.1:8080/cloud", true},
	    {"http://127.1.2.3", true},
	    {"http://[::1]:8080", true},
	    {"http://localhost", false},
	    {"http://api.gcore.com", false},
	    {"http://127.0.0.1.example.com", false},
	    {"http://127.0.0.1@example.com", false},
	    {"http://[::2]", false},
	    {"http://128.0.0.1", false},
	    {"http://0.0.0.0", false},
	    {"http://[::ffff:127.0.0.1]", false},
	    {"https://user@api.gcore.com", false},
	    {"https://user:pw@api.gcore.com", false},
	    {"https://api.gcore.com/?x=1", false},
	    {"https://api.gcore.com/#x", false},
	    {"ftp://127.0.0.1", false},
	    {"file:///etc/passwd", false},
	    {"api.gcore.com", false},
	    {"//api.gcore.com", false},
	    {"https://", false},
	    {"", false},
	    {"https://api gcore com", false},
	};

	(void)state;
	for (size_t i = 0; i < COUNTOF(rows); i++) {
		struct fail fail = {0};
		bool good = http_check_url(rows[i].url, &fail);

		if (good != rows[i].good)
			print_message("# %s\n", rows[i].url);
		assert_int_equal(good, rows[i].good);
		assert_int_equal(fail.code, good ? FAIL_NONE : FAIL_USAGE);
	}
}

static bool
is_public(const char *text)
{
	struct sockaddr_in in4 = {.sin_family = AF_INET};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};

	if (inet_pton(AF_INET, text, &in4.sin_addr) == 1)
		return address_is_public((struct sockaddr *)&in4);
	assert_int_equal(inet_pton(AF_INET6, text, &in6.sin6_addr), 1);
	return address_is_public((struct sockaddr *)&in6);
}

static void
issuers_come_from_public_addresses(void **state)
{
	static const char *const private[] = {"0.0.0.0", "10.1.2.3",
	    "100.64.0.1", "100.127.255.255", "127.0.0.1", "169.254.169.254",
	    "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1",
	    "192.168.1.1", "198.18.0.1", "198.19.255.255", "198.51.100.1",
	    "203.0.113.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
	    "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
	    "64:ff9b::10.0.0.1", "100::1", "2001:db8::1",
	    "2002:7f00:1::", "fc00::1", "fd00::1", "fe80::1", "fec0::1",
	    "ff02::1"};
	static const char *const public[] = {"1.1.1.1", "9.255.255.255",
	    "11.0.0.0", "100.63.255.255", "100.128.0.0", "172.15.255.255",
	    "172.32.0.0", "192.167.255.255", "198.17.255.255", "198.20.0.0",
	    "223.255.255.255", "2606:4700::1111", "2a00:1450::1",
	    "::ffff:1.1.1.1", "64:ff9b::1.1.1.1"};
	struct sockaddr other = {.sa_family = AF_UNIX};

	(void)state;
	for (size_t i = 0; i < COUNTOF(private); i++) {
		if (is_public(private[i]))
			print_message("# %s\n", private[i]);
		assert_false(is_public(private[i]));
	}
	for (size_t i = 0; i < COUNTOF(public); i++)
		assert_true(is_public(public[i]));
	assert_false(address_is_public(&other));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(secrets_go_to_https_or_loopback_alone),
	    cmocka_unit_test(issuers_come_from_public_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
