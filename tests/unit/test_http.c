/* Addresses that may get secrets, and those that may give issuers. */
#include "unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "net/address.h"
#include "net/http.h"
#include "net/url.h"

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
		bool good = url_check(rows[i].url, &fail);

		if (good != rows[i].good)
			print_message("# %s\n", rows[i].url);
		assert_int_equal(good, rows[i].good);
		assert_int_equal(fail.code, good ? FAIL_NONE : FAIL_USAGE);
	}
}

static void
the_path_of_a_url_lacks_host_and_query(void **state)
{
	static const struct {
		const char *url, *path;
	} rows[] = {
	    {"https://api.gcore.com/cloud/v1/tasks?limit=2", "/cloud/v1/tasks"},
	    {"http://u:p@127.0.0.1:8080/x#y", "/x"},
	    {"https://[2001:db8::1]/", "/"},
	    {"https://api.gcore.com", ""},
	    {"http://ca.example?id=/1", ""},
	};

	(void)state;
	for (size_t i = 0; i < COUNTOF(rows); i++) {
		int len;
		const char *path = url_path(rows[i].url, &len);
		char copy[64];

		snprintf(copy, sizeof(copy), "%.*s", len, path);
		assert_string_equal(copy, rows[i].path);
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
	    "192.88.99.1", "::", "::1", "::2", "::1.1.1.1", "::ffff:127.0.0.1",
	    "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:0:1.1.1.1",
	    "::ffff:0:10.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b::1.1.1.1",
	    "64:ff9b:1::1.1.1.1", "64:ff9b:1:ffff:ffff:ffff:1.1.1.1",
	    "64:ff9b:2::1", "100::1", "100:0:0:1::1", "1fff:ffff::1", "2001::1",
	    "2001:0:1::1", "2001:2::1", "2001:10::1", "2001:1ff:ffff::1",
	    "2001:db8::1", "2001:db8:ffff::1",
	    "2002:7f00:1::", "2002:101:101::1", "3fff::1", "3fff:fff:ffff::1",
	    "4000::1", "5f00::1", "fc00::1", "fd00::1", "fe80::1", "febf::1",
	    "fec0::1", "ff02::1"};
	static const char *const public[] = {"1.1.1.1", "9.255.255.255",
	    "11.0.0.0", "100.63.255.255", "100.128.0.0", "172.15.255.255",
	    "172.32.0.0", "192.167.255.255", "198.17.255.255", "198.20.0.0",
	    "223.255.255.255", "2000::1", "2001:200::1", "2001:db7::1",
	    "2001:db9::1", "2003::1", "2606:4700::1111", "2a00:1450::1",
	    "3fff:1000::1", "3ffe::1", "::ffff:1.1.1.1"};
	struct sockaddr other = {.sa_family = AF_UNIX};

	(void)state;
	for (size_t i = 0; i < COUNTOF(private); i++) {
		if (is_public(private[i]))
			print_message("# %s\n", private[i]);
		assert_false(is_public(private[i]));
	}
	for (size_t i = 0; i < COUNTOF(public); i++) {
		if (!is_public(public[i]))
			print_message("# %s\n", public[i]);
		assert_true(is_public(public[i]));
	}
	assert_false(address_is_public(&other));
}

/* --- a server that answers one request with what it got ------------------- */

static int
listen_somewhere(char *url, size_t size)
{
	struct sockaddr_in at = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&at, len), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
	assert_int_equal(listen(fd, 1), 0);
	snprintf(url, size, "http://127.0.0.1:%d/x", ntohs(at.sin_port));
	return fd;
}

static void *
serve(void *listener)
{
	char got[4096] = "", answer[8192];
	int fd = accept(*(int *)listener, NULL, NULL);
	size_t len = 0;
	ssize_t n = 1;

	/* The end of the head, or of the only body there is. */
	while (n > 0 && (strstr(got, "\r\n\r\n") == NULL ||
			    (strstr(got, "Content-Length: 2") != NULL &&
				strstr(got, "{}") == NULL))) {
		n = read(fd, got + len, sizeof(got) - 1 - len);
		len += n > 0 ? (size_t)n : 0;
	}
	len = (size_t)snprintf(answer, sizeof(answer),
	    "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s", len, got);
	(void)!write(fd, answer, len);
	close(fd);
	return NULL;
}

static void
each_method_leaves_with_its_body(void **state)
{
	static const struct {
		enum http_method method;
		const char *body, *first;
	} rows[] = {
	    {HTTP_GET, "", "GET /x HTTP/1.1\r\n"},
	    {HTTP_POST, "{}", "POST /x HTTP/1.1\r\n"},
	    {HTTP_PATCH, "{}", "PATCH /x HTTP/1.1\r\n"},
	    {HTTP_DELETE, "", "DELETE /x HTTP/1.1\r\n"},
	};
	static const struct http_options options = {
	    .user_agent = "test", .authorization = "APIKey k"};
	struct fail fail;

	(void)state;
	for (size_t i = 0; i < COUNTOF(rows); i++) {
		struct http *http = http_new(&options, &fail);
		struct http_request request = {.method = rows[i].method};
		struct http_response response = {0};
		char url[64];
		size_t tag;
		int listener = listen_somewhere(url, sizeof(url));
		pthread_t server;

		assert_non_null(http);
		assert_int_equal(
		    pthread_create(&server, NULL, serve, &listener), 0);
		assert_true(buf_printf(&request.url, &fail, "%s", url));
		assert_true(
		    buf_printf(&request.body, &fail, "%s", rows[i].body));
		assert_true(http_start(http, &request, 7, 60000, &fail));
		while (!http_next(http, &tag, &response))
			http_wait(http, -1, 1000);
		pthread_join(server, NULL);
		close(listener);
		assert_int_equal(tag, 7);
		assert_int_equal(response.status, 200);
		assert_ptr_equal(
		    strstr(buf_text(&response.body), rows[i].first),
		    response.body.data);
		assert_non_null(strstr(buf_text(&response.body),
		    "\r\nAuthorization: APIKey k\r\n"));
		assert_string_equal(
		    strstr(buf_text(&response.body), "\r\n\r\n") + 4,
		    rows[i].body);
		http_response_clear(&response);
		http_request_clear(&request);
		http_free(&http);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(secrets_go_to_https_or_loopback_alone),
	    cmocka_unit_test(the_path_of_a_url_lacks_host_and_query),
	    cmocka_unit_test(each_method_leaves_with_its_body),
	    cmocka_unit_test(issuers_come_from_public_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
