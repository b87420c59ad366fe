/* The HAProxy that really serves the listeners. */
#ifndef SANDBOX_HAPROXY_H
#define SANDBOX_HAPROXY_H

#include "state.h"

struct haproxy;

/* A listener: its address and its certificates in their order, each a PEM
 * text of leaf, key and the rest. */
struct haproxy_site {
	char id[STATE_ID_SIZE];
	char address[16];
	int port;
	bool sni_only; /* the first certificate is not the default one */
	struct buf *pems;
	size_t count;
};

/* Append a certificate, taking it over. */
void haproxy_site_add(struct haproxy_site *site, struct buf pem);
void haproxy_site_clear(struct haproxy_site *site);

/* Find the program and make a private directory for its files. FAIL_USAGE. */
struct haproxy *haproxy_start(struct fail *fail) MUST_CHECK;

/*
 * Serve a listener by `site`, taking it over; one without certificates is
 * served no more. It returns when all new connections meet it, none having
 * been refused meanwhile. False with `*error` (owned by the caller): HAProxy
 * refused, and all goes on as before.
 */
bool haproxy_serve(
    struct haproxy *haproxy, struct haproxy_site *site, char **error);
void haproxy_forget(struct haproxy *haproxy, const char *id);

/* End it, and remove all files. */
void haproxy_stop(struct haproxy *haproxy);

#endif
