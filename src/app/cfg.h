/* What the user asks for: the settings of the run, or of a certificate. */
#ifndef APP_CFG_H
#define APP_CFG_H

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

/* How messages and reports call a certificate: its section's title, or "". */
const char *cfg_title(const struct cfg *cfg);

/* Is the server only looked at, nothing changed? */
bool cfg_is_look(const struct cfg *cfg);

#endif
