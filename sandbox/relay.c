#include "relay.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

#define PIECE 16384

/* One connection: `outer` to the client, `inner` to the HTTP library. */
struct link {
	struct link *next;
	unsigned id;
	int outer, inner;
	enum relay_trouble kind;
	long number;        /* bytes still to pass, or ms */
	long requests;      /* bytes still to take from the client; -1: all */
	int64_t trickle_at; /* when the next byte may go */
	bool stalled;
};

struct relay {
	int listener, wake[2];
	pthread_t thread;
	pthread_mutex_t lock; /* of `links` and what is in them */
	struct link *links;
	unsigned last_id;
	struct faults *faults;
	void (*connected)(void *, int, unsigned);
	void *data;
};

static void
reset_close(int fd)
{
	struct linger now = {1, 0};

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(fd);
}

static void
link_close(struct link *link, bool reset)
{
	if (link->outer < 0)
		return;
	if (reset)
		reset_close(link->outer);
	else
		close(link->outer);
	close(link->inner);
	link->outer = link->inner = -1;
}

static bool
write_all(int fd, const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		bytes += n;
		len -= (size_t)n;
	}
	return true;
}

/* --- directions ----------------------------------------------------------- */

static void
from_client(struct link *link)
{
	char bytes[PIECE];
	size_t most = sizeof(bytes);
	ssize_t n;

	if (link->requests >= 0 && (size_t)link->requests < most)
		most = (size_t)link->requests;
	n = most == 0 ? -1 : recv(link->outer, bytes, most, 0);
	if (n <= 0) {
		link_close(link, n < 0);
		return;
	}
	if (link->requests > 0)
		link->requests -= n;
	if (!link->stalled && !write_all(link->inner, bytes, (size_t)n))
		link_close(link, false);
}

/* Bytes of an answer, through its trouble. */
static void
from_server(struct link *link)
{
	char bytes[PIECE];
	size_t most = link->kind == RELAY_TRICKLE ? 1 : sizeof(bytes), pass;
	ssize_t n = recv(link->inner, bytes, most, 0);

	if (n <= 0) {
		link_close(link, false);
		return;
	}
	pass = (size_t)n;
	if (link->kind == RELAY_TRICKLE)
		link->trickle_at = clock_ms() + link->number;
	if (link->kind == RELAY_CUT || link->kind == RELAY_RESET ||
	    link->kind == RELAY_STALL) {
		if ((long)pass >= link->number)
			pass = (size_t)link->number;
		link->number -= (long)pass;
	}
	if (!write_all(link->outer, bytes, pass)) {
		link_close(link, false);
		return;
	}
	if (link->kind == RELAY_STALL && link->number == 0)
		link->stalled = true;
	if ((link->kind == RELAY_CUT || link->kind == RELAY_RESET) &&
	    link->number == 0)
		link_close(link, link->kind == RELAY_RESET);
}

/* --- the loop ------------------------------------------------------------- */

static void
accept_one(struct relay *relay)
{
	struct link *link;
	int pair[2], one = 1;
	int outer = accept4(relay->listener, NULL, NULL, SOCK_CLOEXEC);
	struct fault fault;

	if (outer < 0)
		return;
	fault = faults_take(relay->faults, "CONNECT", "-", true);
	if (fault.kind == FAULT_RESET) {
		reset_close(outer);
		return;
	}
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
		close(outer);
		return;
	}
	setsockopt(outer, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if ((link = calloc(1, sizeof(*link))) == NULL)
		abort();
	link->id = ++relay->last_id;
	link->outer = outer;
	link->inner = pair[0];
	link->requests = fault.kind == FAULT_REQUEST_CUT ? fault.number : -1;
	link->next = relay->links;
	relay->links = link;
	relay->connected(relay->data, pair[1], link->id);
}

static void
sweep(struct relay *relay)
{
	struct link **at = &relay->links;

	while (*at != NULL) {
		struct link *link = *at;

		if (link->outer >= 0) {
			at = &link->next;
			continue;
		}
		*at = link->next;
		free(link);
	}
}

/* Which events of a link are wanted now; how long until a trickle. */
static void
want(const struct link *link, int64_t now, struct pollfd *outer,
    struct pollfd *inner, int *timeout)
{
	int64_t left = link->trickle_at - now;

	*outer = (struct pollfd){.fd = link->outer, .events = POLLIN};
	*inner = (struct pollfd){.fd = link->inner, .events = POLLIN};
	if (link->stalled)
		inner->fd = -1;
	if (link->kind != RELAY_TRICKLE || left <= 0)
		return;
	inner->fd = -1;
	if (*timeout < 0 || left < *timeout)
		*timeout = (int)left;
}

static bool
turn(struct relay *relay)
{
	struct pollfd fds[2 + 2 * 512];
	struct link *links[512], *link;
	nfds_t count = 0;
	int timeout = -1;

	fds[0] = (struct pollfd){.fd = relay->wake[0], .events = POLLIN};
	fds[1] = (struct pollfd){.fd = relay->listener, .events = POLLIN};
	pthread_mutex_lock(&relay->lock);
	for (link = relay->links; link != NULL && count < COUNTOF(links);
	     link = link->next) {
		want(link, clock_ms(), &fds[2 + 2 * count], &fds[3 + 2 * count],
		    &timeout);
		links[count++] = link;
	}
	pthread_mutex_unlock(&relay->lock);
	if (poll(fds, 2 + 2 * count, timeout) < 0 && errno != EINTR)
		abort();
	if (fds[0].revents != 0)
		return false;
	pthread_mutex_lock(&relay->lock);
	for (nfds_t i = 0; i < count; i++) {
		if (fds[3 + 2 * i].revents != 0 && links[i]->inner >= 0)
			from_server(links[i]);
		if (fds[2 + 2 * i].revents != 0 && links[i]->outer >= 0)
			from_client(links[i]);
	}
	sweep(relay);
	if (fds[1].revents != 0)
		accept_one(relay);
	pthread_mutex_unlock(&relay->lock);
	return true;
}

static void *
loop(void *data)
{
	while (turn(data))
		;
	return NULL;
}

/* --- start and stop ------------------------------------------------------- */

static int
listen_on(int *port, struct fail *fail)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
	    .sin_port = htons((uint16_t)*port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);
	int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&address, len) != 0 ||
	    listen(fd, 128) != 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &len) != 0) {
		fail_set(fail, FAIL_USAGE, "127.0.0.1:%d: %s", *port,
		    strerror(errno));
		close(fd);
		return -1;
	}
	*port = ntohs(address.sin_port);
	return fd;
}

struct relay *
relay_start(int *port, struct faults *faults,
    void (*connected)(void *, int, unsigned), void *data, struct fail *fail)
{
	struct relay *relay = calloc(1, sizeof(*relay));

	if (relay == NULL || pipe2(relay->wake, O_CLOEXEC) != 0)
		abort();
	relay->faults = faults;
	relay->connected = connected;
	relay->data = data;
	pthread_mutex_init(&relay->lock, NULL);
	relay->listener = listen_on(port, fail);
	if (relay->listener >= 0 &&
	    pthread_create(&relay->thread, NULL, loop, relay) == 0)
		return relay;
	close(relay->wake[0]);
	close(relay->wake[1]);
	free(relay);
	return NULL;
}

void
relay_trouble(
    struct relay *relay, unsigned id, enum relay_trouble kind, long number)
{
	pthread_mutex_lock(&relay->lock);
	for (struct link *link = relay->links; link != NULL;
	     link = link->next) {
		if (link->id != id)
			continue;
		link->kind = kind;
		link->number = number;
	}
	pthread_mutex_unlock(&relay->lock);
}

int
relay_peer(struct relay *relay, unsigned id)
{
	struct sockaddr_in address = {0};
	socklen_t len = sizeof(address);

	pthread_mutex_lock(&relay->lock);
	for (struct link *link = relay->links; link != NULL; link = link->next)
		if (link->id == id && link->outer >= 0)
			(void)getpeername(
			    link->outer, (struct sockaddr *)&address, &len);
	pthread_mutex_unlock(&relay->lock);
	return ntohs(address.sin_port);
}

void
relay_stop(struct relay *relay)
{
	(void)!write(relay->wake[1], "", 1);
	pthread_join(relay->thread, NULL);
	for (struct link *link = relay->links; link != NULL; link = link->next)
		link_close(link, false);
	sweep(relay);
	close(relay->listener);
	close(relay->wake[0]);
	close(relay->wake[1]);
	pthread_mutex_destroy(&relay->lock);
	free(relay);
}
