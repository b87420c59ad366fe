/* The files of the configuration -> a checked chain. */
#ifndef APP_INPUTS_H
#define APP_INPUTS_H

#include "app/cfg.h"
#include "pki/chain.h"

/* What the certificates of a run have in common. {0} before the first. */
struct inputs_common {
	struct cert_cache cache; /* issuers of those that were read */
	struct trust *trust;     /* the last that was opened, */
	const char *bundle;      /* of this file; NULL: the system's */
	int waited_ms;           /* for files to settle, all in all */
};

void inputs_common_clear(struct inputs_common *common);

/*
 * Read the files and build the chain. While an ACME client replaces them one
 * after the other, they are read again until they are right together, for
 * some seconds of the run. With cfg->fetch_chain, missing issuers are
 * fetched. Warnings and (-v) notes are logged. FAIL_INPUT mostly.
 */
bool inputs_read(const struct cfg *cfg, struct inputs_common *common,
    struct chain *chain, struct fail *fail) MUST_CHECK;

#endif
