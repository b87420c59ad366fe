/* Files, environment and options -> settings of the run and of each
 * certificate. */
#ifndef APP_CFG_PARSE_H
#define APP_CFG_PARSE_H

#include "app/cfg.h"

/* Everything. The texts live in argv, the environment, and `texts`. */
struct cfg_all {
	struct cfg run;    /* what concerns the run as a whole */
	struct cfg *certs; /* the certificates, in the order of the file; each
			      has the settings of the run as well */
	size_t count;
	struct cfg_text *texts;
};

/*
 * Fill the empty `all` from the defaults, the configuration file, `env`
 * ("NAME=value", NULL-terminated), the sections of that file, and `argv`, of
 * which getopt_long changes the order; later ones first. Each is read once.
 * The command line's certificate counts instead of the sections. Whether the
 * values fit together is looked at unless help or version is wanted.
 *
 * FAIL_USAGE names the place of a bad value ("FILE:LINE: key", the variable,
 * or "--key"), and the option that an unknown one may have meant. Of several
 * mistakes in the configuration each is logged. `all` is to be cleared in any
 * case.
 */
bool cfg_parse(struct cfg_all *all, int argc, char *const argv[],
    char *const env[], struct fail *fail) MUST_CHECK;
void cfg_clear(struct cfg_all *all);

#endif
