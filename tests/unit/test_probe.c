/* Which certificate does an address serve, and which addresses has a name:
 * over the real engine, with TLS servers and a resolver of the test's own. */
#include "unit.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "deploy/probe.h"
#include "net/http.h"

/* --- names: the resolver that libcurl calls ------------------------------- */

static const char *const many[] = {
    "192.0.2.1", "2001:db8::1", "192.0.2.2", "2001:db8::2", "192.0.2.3"};

static struct addrinfo *
entry(const char *text, const char *port, struct addrinfo *rest)
{
	struct {
		struct addrinfo info;
		struct sockaddr_storage address;
	} *made = calloc(1, sizeof(*made));
	struct sockaddr_in *in4 = (struct sockaddr_in *)&made->address;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&made->address;
	bool v6 = strchr(text, ':') != NULL;

	made->info = (struct addrinfo){.ai_family = v6 ? AF_INET6 : AF_INET,
	    .ai_socktype = SOCK_STREAM,
	    .ai_protocol = IPPROTO_TCP,
	    .ai_addrlen = v6 ? sizeof(*in6) : sizeof(*in4),
	    .ai_addr = (struct sockaddr *)&made->address,
	    .ai_next = rest};
	made->address.ss_family = (sa_family_t)made->info.ai_family;
	assert_int_equal(
	    inet_pton(made->info.ai_family, text,
		v6 ? (void *)&in6->sin6_addr : (void *)&in4->sin_addr),
	    1);
	/* At the same place in both. */
	in4->sin_port = htons((uint16_t)strtoul(port, NULL, 10));
	return &made->info;
}

int
getaddrinfo(const char *name, const char *port, const struct addrinfo *hints,
    struct addrinfo **list)
{
	(void)hints;
	*list = NULL;
	if (strcmp(name, "here.example") == 0)
		*list = entry("127.0.0.1", port, NULL);
	if (strcmp(name, "many.example") == 0)
		for (size_t i = COUNTOF(many); i-- > 0;)
			*list = entry(many[i], port, *list);
	return *list == NULL ? EAI_NONAME : 0;
}

void
freeaddrinfo(struct addrinfo *list)
{
	while (list != NULL) {
		struct addrinfo *next = list->ai_next;

		free(list);
		list = next;
	}
}

/* --- a TLS server for one connection -------------------------------------- */

static EVP_PKEY *key;
static X509 *leaf, *issuer;

struct server {
	int listener;
	unsigned port;
	bool mute; /* accept, and shake no hands */
	pthread_t thread;

	char sni[64]; /* what it was asked for */
	int got;      /* bytes sent to it after the handshake */
};

static X509 *
certificate(const char *name)
{
	X509 *x509 = X509_new();
	X509_NAME *subject = X509_get_subject_name(x509);

	assert_int_equal(X509_set_version(x509, X509_VERSION_3), 1);
	assert_int_equal(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
			     (const unsigned char *)name, -1, -1, 0),
	    1);
	assert_int_equal(X509_set_issuer_name(x509, subject), 1);
	/* Long expired: it is shown all the same. */
	X509_gmtime_adj(X509_getm_notBefore(x509), -7200);
	X509_gmtime_adj(X509_getm_notAfter(x509), -3600);
	assert_int_equal(X509_set_pubkey(x509, key), 1);
	assert_true(X509_sign(x509, key, EVP_sha256()) > 0);
	return x509;
}

static void *
serve(void *data)
{
	struct server *server = data;
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());
	SSL *tls = SSL_new(context);
	int fd = accept(server->listener, NULL, NULL);
	char byte;

	SSL_use_certificate(tls, leaf);
	SSL_use_PrivateKey(tls, key);
	SSL_add1_chain_cert(tls, issuer);
	SSL_set_fd(tls, fd);
	if (!server->mute && SSL_accept(tls) == 1) {
		const char *sni =
		    SSL_get_servername(tls, TLSEXT_NAMETYPE_host_name);

		snprintf(server->sni, sizeof(server->sni), "%s",
		    sni == NULL ? "" : sni);
		server->got = SSL_read(tls, &byte, 1);
	}
	SSL_free(tls);
	SSL_CTX_free(context);
	close(fd);
	return NULL;
}

/* False: no such address here. */
static bool
start(struct server *server, const char *address)
{
	struct addrinfo *at = entry(address, "0", NULL);
	int fd = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool good = fd >= 0 && bind(fd, at->ai_addr, at->ai_addrlen) == 0;

	if (good) {
		assert_int_equal(
		    getsockname(fd, at->ai_addr, &at->ai_addrlen), 0);
		assert_int_equal(listen(fd, 1), 0);
		server->listener = fd;
		/* At the same place in both. */
		server->port =
		    ntohs(((struct sockaddr_in *)at->ai_addr)->sin_port);
		assert_int_equal(
		    pthread_create(&server->thread, NULL, serve, server), 0);
	}
	freeaddrinfo(at);
	return good;
}

static void
end(struct server *server)
{
	/* Should nobody have come. */
	shutdown(server->listener, SHUT_RDWR);
	pthread_join(server->thread, NULL);
	close(server->listener);
}

static int
make(void **state)
{
	(void)state;
	/* A server sends tickets to who has gone. */
	signal(SIGPIPE, SIG_IGN);
	key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	leaf = certificate("leaf");
	issuer = certificate("issuer");
	return 0;
}

static int
clear(void **state)
{
	(void)state;
	X509_free(leaf);
	X509_free(issuer);
	EVP_PKEY_free(key);
	return 0;
}

/* --- asking --------------------------------------------------------------- */

static void
ask(enum http_method method, const char *host, unsigned port,
    const char *address, struct http_response *response)
{
	static const struct http_options options = {
	    .user_agent = "test", .authorization = "APIKey secret"};
	struct http_request request = {
	    .method = method, .max_body = (size_t)64 << 10};
	struct fail fail;
	struct http *http = http_new(&options, &fail);
	size_t tag = 0;

	assert_non_null(http);
	assert_true(
	    buf_printf(&request.url, &fail, "https://%s:%u", host, port));
	assert_true(buf_printf(&request.address, &fail, "%s", address));
	assert_true(http_start(http, &request, 7, 60000, &fail));
	while (!http_next(http, &tag, response))
		http_wait(http, -1, 1000);
	assert_int_equal(tag, 7);
	http_request_clear(&request);
	http_free(&http);
}

static void
assert_next(BIO *bio, X509 *wanted)
{
	X509 *shown = PEM_read_bio_X509(bio, NULL, NULL, NULL);

	assert_non_null(shown);
	assert_int_equal(X509_cmp(shown, wanted), 0);
	X509_free(shown);
}

/* By an address that the name does not have, or by the name. */
static void
a_probe_shows_what_is_served_for_a_name(void **state)
{
	static const struct {
		const char *host, *address;
	} rows[] = {
	    {"www.example.com", "127.0.0.1"},
	    {"www.example.com", "::1"},
	    {"here.example", ""},
	};

	(void)state;
	/* Nobody's business but the address's. */
	setenv("https_proxy", "http://127.0.0.1:1", 1);
	for (size_t i = 0; i < COUNTOF(rows); i++) {
		CLEANUP(http_response_clear)
		struct http_response response = {0};
		struct server server = {.got = -1};
		BIO *bio;

		if (!start(&server, strchr(rows[i].address, ':') != NULL
					? "::1"
					: "127.0.0.1"))
			continue;
		ask(HTTP_PROBE, rows[i].host, server.port, rows[i].address,
		    &response);
		end(&server);
		assert_string_equal(response.error, "");
		assert_int_equal(response.outcome, HTTP_ANSWERED);
		assert_int_equal(response.status, 200);
		bio =
		    BIO_new_mem_buf(response.body.data, (int)response.body.len);
		assert_next(bio, leaf);
		assert_next(bio, issuer);
		assert_null(PEM_read_bio_X509(bio, NULL, NULL, NULL));
		BIO_free(bio);
		assert_string_equal(server.sni, rows[i].host);
		assert_true(server.got <= 0);
	}
	unsetenv("https_proxy");
}

static void
without_a_handshake_a_probe_says_why(void **state)
{
	CLEANUP(http_response_clear) struct http_response response = {0};
	struct server server = {.mute = true};

	(void)state;
	assert_true(start(&server, "127.0.0.1"));
	ask(HTTP_PROBE, "www.example.com", server.port, "127.0.0.1", &response);
	end(&server);
	assert_int_equal(response.outcome, HTTP_NOT_SENT);
	assert_string_not_equal(response.error, "");
	http_response_clear(&response);
	/* Nobody listens any more. */
	ask(HTTP_PROBE, "www.example.com", server.port, "127.0.0.1", &response);
	assert_int_equal(response.outcome, HTTP_NOT_SENT);
	assert_string_not_equal(response.error, "");
}

static void
all_addresses_of_a_name_are_told(void **state)
{
	CLEANUP(http_response_clear) struct http_response response = {0};

	(void)state;
	ask(HTTP_RESOLVE, "many.example", 443, "", &response);
	assert_int_equal(response.outcome, HTTP_ANSWERED);
	assert_int_equal(response.status, 200);
	for (size_t i = 0; i < COUNTOF(many); i++) {
		char line[64];

		snprintf(line, sizeof(line), "%s\n", many[i]);
		assert_non_null(strstr(buf_text(&response.body), line));
	}
	http_response_clear(&response);
	ask(HTTP_RESOLVE, "192.0.2.7", 443, "", &response);
	assert_string_equal(buf_text(&response.body), "192.0.2.7\n");
}

static void
a_name_without_addresses_is_told(void **state)
{
	CLEANUP(http_response_clear) struct http_response response = {0};

	(void)state;
	ask(HTTP_RESOLVE, "none.example", 443, "", &response);
	assert_int_equal(response.outcome, HTTP_NOT_SENT);
	assert_non_null(strstr(response.error, "none.example"));
}

/* --- the flow ------------------------------------------------------------- */

/* Nobody could tell, because memory ran out. */
static bool
judge_without_memory(void *data, const struct buf *pem, bool *right, char *text,
    size_t size, struct fail *fail)
{
	(void)data, (void)pem, (void)right, (void)text, (void)size;
	return fail_memory(fail);
}

/* Listeners are put back after PROBE_OTHER. */
static void
what_cannot_be_judged_is_no_other_certificate(void **state)
{
	struct probe probe = {.judge = judge_without_memory};
	struct flow_step step = {0};
	struct http_response response = {0};
	struct fail fail;

	(void)state;
	assert_true(probe_parse("www.example.com=192.0.2.1", &probe, &fail));
	assert_int_equal(probe_flow.next(&probe, &step), FLOW_SEND);
	assert_true(probe_flow.accept(&probe, &response));
	assert_int_equal(probe_flow.next(&probe, &step), FLOW_DONE);
	assert_int_equal(probe.fail.code, FAIL_INTERNAL);
	assert_int_not_equal(probe.verdict, PROBE_OTHER);
	http_request_clear(&step.request);
	probe_clear(&probe);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_probe_shows_what_is_served_for_a_name),
	    cmocka_unit_test(without_a_handshake_a_probe_says_why),
	    cmocka_unit_test(all_addresses_of_a_name_are_told),
	    cmocka_unit_test(a_name_without_addresses_is_told),
	    cmocka_unit_test(what_cannot_be_judged_is_no_other_certificate),
	};

	return cmocka_run_group_tests(tests, make, clear);
}
