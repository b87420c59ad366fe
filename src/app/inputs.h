/* The files of the configuration -> a checked chain. */
#ifndef APP_INPUTS_H
#define APP_INPUTS_H

#include "app/cfg.h"
#include "pki/chain.h"

/*
 * Read the files and build the chain. While an ACME client replaces key and
 * certificate one after the other, the files are read again for some
 * seconds until they fit. With cfg->fetch_chain, missing issuers are
 * fetched. Warnings and (-v) notes are logged. FAIL_INPUT mostly.
 */
bool inputs_read(
    const struct cfg *cfg, struct chain *chain, struct fail *fail) MUST_CHECK;

#endif
