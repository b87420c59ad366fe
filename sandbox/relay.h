/*
 * Between each client and the HTTP library: connections are accepted here
 * and handed on through a pair of sockets, so that an answer can be cut at
 * any byte, stalled, trickled or reset, which no HTTP library does.
 */
#ifndef SANDBOX_RELAY_H
#define SANDBOX_RELAY_H

#include "faults.h"

struct relay;

/* What to do with the bytes of the next answer of a connection. */
enum relay_trouble {
	RELAY_PASS,
	RELAY_CUT,     /* after `number` bytes, orderly */
	RELAY_RESET,   /* after `number` bytes, with RST */
	RELAY_STALL,   /* after `number` bytes, for ever */
	RELAY_TRICKLE, /* one byte each `number` ms */
};

/*
 * Listen on 127.0.0.1:`*port` (0: any; the one chosen is written there) and
 * call `connected(data, fd, id)` with the inner socket of each connection,
 * which it takes over. `id` counts from 1. FAIL_USAGE when the port is
 * taken.
 */
struct relay *relay_start(int *port, struct faults *faults,
    void (*connected)(void *data, int fd, unsigned id), void *data,
    struct fail *fail) MUST_CHECK;

/* The next answer of connection `id` meets this. Any thread. */
void relay_trouble(
    struct relay *relay, unsigned id, enum relay_trouble kind, long number);

/* The client's TCP port of connection `id`, 0 when it has gone. Any thread. */
int relay_peer(struct relay *relay, unsigned id);

/* Close all; no calls come after. */
void relay_stop(struct relay *relay);

#endif
