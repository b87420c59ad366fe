/* Missing issuers, fetched from the addresses that certificates name. */
#ifndef APP_ISSUERS_H
#define APP_ISSUERS_H

#include "app/cfg.h"
#include "pki/cred.h"

/* Addresses asked for one certificate, all in all. */
#define ISSUERS_MOST 10

/* {0} before the first, and kept as long as what was fetched. */
struct issuers {
	struct buf urls[ISSUERS_MOST]; /* those asked */
	size_t count;
	int64_t deadline_ms; /* for all; 0: not begun */
};

void issuers_clear(struct issuers *issuers);

/*
 * Ask the addresses in `missing` (a line each) one after the other, until one
 * gives certificates, and add these to `cred`. An address is never asked
 * twice: `fail` stays when there is none to ask. Else a failure names every
 * address that was asked, with its reason: FAIL_NETWORK, FAIL_TIMEOUT,
 * FAIL_INPUT.
 */
bool issuers_fetch(struct issuers *issuers, const struct cfg *cfg,
    const struct buf *missing, struct cred *cred, struct fail *fail) MUST_CHECK;

#endif
