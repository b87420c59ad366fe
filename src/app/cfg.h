/* What the user asks for: files, environment and options -> settings of the
 * run and of each certificate. */
#ifndef APP_CFG_H
#define APP_CFG_H

#include <stdio.h>

#include "base/fail.h"

/* Who we say we are (RFC 9110 section 10.1.5). */
#define CFG_USER_AGENT "certupload/" PACKAGE_VERSION

/* Read when no other is named. */
#define CFG_DEFAULT_FILE SYSCONFDIR "/certupload/certupload.conf"

/* Values of a setting that may be repeated. */
#define CFG_LIST_MAX 16
struct cfg_list {
	const char *items[CFG_LIST_MAX];
	size_t count;
};

/* What to do while another run holds the lock. */
enum cfg_lock { CFG_LOCK_WAIT, CFG_LOCK_SKIP, CFG_LOCK_FAIL };

/* Absent: NULL, 0, false. */
struct cfg {
	const char *title; /* of its section; NULL: the command line */

	/* the certificate */
	const char *key, *cert, *lineage, *passphrase_file, *name;
	struct cfg_list chain;

	/* what is asked of it */
	struct cfg_list require_names;
	int min_days;
	const char *ca_bundle;
	bool require_complete, allow_incomplete_chain, keep_root;
	bool fetch_chain, fetch_private, allow_key_type;

	/* the bundle */
	int pkcs12; /* enum p12_style */
	bool check, force;
	const char *output;

	/* the server */
	const char *api_key_file, *project, *region, *api_url, *ca_file;
	int api;     /* enum api_version */
	int timeout; /* seconds */

	/* load balancers */
	struct cfg_list listeners, sni_listeners, verify;
	bool rotate;
	int verify_timeout; /* seconds */
	int keep;           /* versions; 0: do not delete */
	bool rollback;

	/* the run */
	const char *config, *lock_dir;
	int lock; /* enum cfg_lock */
	int at_once;
	bool dry_run, status, detailed_exitcode, json, quiet, help, version;
	int verbose;
};

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

/* How messages and reports call a certificate: its section's title, or "". */
const char *cfg_title(const struct cfg *cfg);

/* Is the server only looked at, nothing changed? */
bool cfg_is_look(const struct cfg *cfg);

/* The help text: every option, grouped, on one screen. */
void cfg_help(FILE *out);

#endif
