/* What the user asks for: one table of keys describes the options, their
 * environment variables and the help. */
#ifndef APP_CFG_H
#define APP_CFG_H

#include <stdio.h>

#include "base/fail.h"

/* Who we say we are (RFC 9110 section 10.1.5). */
#define CFG_USER_AGENT "certupload/" PACKAGE_VERSION

/* Values of an option that may be repeated. */
#define CFG_LIST_MAX 32
struct cfg_list {
	const char *items[CFG_LIST_MAX];
	size_t count;
};

/* The texts live in argv and the environment. Absent: NULL, 0, false. */
struct cfg {
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
	int timeout; /* seconds */

	/* the run */
	bool dry_run, json, quiet, help, version;
	int verbose;
};

/*
 * Fill `cfg` from the defaults, `env` ("NAME=value", NULL-terminated) and
 * `argv`, later ones first. FAIL_USAGE says where a bad value came from, and
 * which option an unknown one may have meant. Whether the values fit
 * together is looked at unless help or version is wanted.
 */
bool cfg_parse(struct cfg *cfg, int argc, char *const argv[], char *const env[],
    struct fail *fail) MUST_CHECK;

/* The help text: every option, grouped, on one screen. */
void cfg_help(FILE *out);

#endif
