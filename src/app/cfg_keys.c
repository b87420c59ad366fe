#include "app/cfg_keys.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "deploy/probe.h"
#include "gcore/api.h"
#include "pki/p12.h"

/* A week: whoever waits longer has forgotten it. */
#define MAX_TIMEOUT 604800
#define MAX_AT_ONCE 256
#define MAX_VERBOSE 2

/* Edits up to which an unknown name is taken for a known one. */
#define NEAR 3

static const char *const pkcs12_styles[] = {
    [P12_MODERN] = "modern",
    [P12_LEGACY] = "legacy",
    [P12_UNENCRYPTED] = "unencrypted",
    [P12_UNENCRYPTED + 1] = NULL,
};

static const char *const api_versions[] = {
    [API_V1] = "v1",
    [API_V2] = "v2",
    [API_AUTO] = "auto",
    [API_AUTO + 1] = NULL,
};

static const char *const lock_ways[] = {
    [CFG_LOCK_WAIT] = "wait",
    [CFG_LOCK_SKIP] = "skip",
    [CFG_LOCK_FAIL] = "fail",
    [CFG_LOCK_FAIL + 1] = NULL,
};

static bool
check_probe(const char *value, struct fail *fail)
{
	struct probe probe = {0};

	return probe_parse(value, &probe, fail);
}

#define AT(member) offsetof(struct cfg, member)

const struct cfg_key cfg_keys[] = {
    {NULL, .help = "Certificate"},
    {"key", 0, CFG_TEXT, CFG_CERT, AT(key), "FILE", "private key ('-': stdin)",
	.file = true},
    {"cert", 0, CFG_TEXT, CFG_CERT, AT(cert), "FILE",
	"certificate, alone, with chain, or with key", .file = true},
    {"chain", 0, CFG_LIST, CFG_CERT, AT(chain), "FILE",
	"issuers, in any order; repeatable", .file = true},
    {"lineage", 0, CFG_TEXT, CFG_CERT, AT(lineage), "DIR",
	"certbot's folder of all three instead", .file = true},
    {"key-passphrase-file", 0, CFG_TEXT, CFG_CERT, AT(passphrase_file), "FILE",
	"for an encrypted key; else asked for", .file = true},
    {"name", 0, CFG_TEXT, CFG_CERT, AT(name), "NAME",
	"begins the secret's name (first DNS name)"},

    {NULL, .help = "Checks"},
    {"min-days", 0, CFG_NUMBER, CFG_CERT, AT(min_days), "N",
	"refuse what expires sooner", .most = 36500},
    {"require-name", 0, CFG_LIST, CFG_CERT, AT(require_names), "NAME",
	"refuse what does not cover it; repeatable"},
    {"ca-bundle", 0, CFG_TEXT, CFG_CERT, AT(ca_bundle), "FILE",
	"verify by these anchors, not the system's", .file = true},
    {"require-complete", 0, CFG_FLAG, CFG_CERT, AT(require_complete), NULL,
	"refuse a chain that is not verified"},
    {"allow-incomplete-chain", 0, CFG_FLAG, CFG_CERT,
	AT(allow_incomplete_chain), NULL, "take one that lacks an issuer"},
    {"fetch-chain", 0, CFG_FLAG, CFG_CERT, AT(fetch_chain), NULL,
	"get missing issuers from where they are"},
    {"fetch-private", 0, CFG_FLAG, CFG_CERT, AT(fetch_private), NULL,
	"even from private addresses"},
    {"keep-root", 0, CFG_FLAG, CFG_CERT, AT(keep_root), NULL,
	"send the root as well"},
    {"allow-key-type", 0, CFG_FLAG, CFG_CERT, AT(allow_key_type), NULL,
	"take keys the balancer cannot use"},

    {NULL, .help = "Bundle"},
    {"pkcs12", 0, CFG_CHOICE, CFG_CERT, AT(pkcs12), "STYLE",
	"modern (default), legacy, unencrypted", .choices = pkcs12_styles},
    {"check", 0, CFG_FLAG, CFG_RUN, AT(check), NULL,
	"make and verify it, send nothing"},
    {"output", 0, CFG_TEXT, CFG_CLI, AT(output), "FILE",
	"write it to a new file, send nothing"},
    {"force", 0, CFG_FLAG, CFG_CLI, AT(force), NULL,
	"let --output replace a file"},

    {NULL, .help = "Server"},
    {"api-key-file", 0, CFG_TEXT, CFG_RUN, AT(api_key_file), "FILE",
	"else GCORE_API_KEY", .file = true},
    {"project", 0, CFG_TEXT, CFG_CERT, AT(project), "ID|NAME",
	"else GCORE_CLOUD_PROJECT_ID", .env = {"GCORE_CLOUD_PROJECT_ID"}},
    {"region", 0, CFG_TEXT, CFG_CERT, AT(region), "ID|NAME",
	"else GCORE_CLOUD_REGION_ID", .env = {"GCORE_CLOUD_REGION_ID"}},
    {"api-url", 0, CFG_TEXT, CFG_RUN, AT(api_url), "URL",
	"else GCORE_BASE_URL, https://api.gcore.com",
	.env = {"GCORE_BASE_URL", "GCORE_API_ENDPOINT"}},
    {"api", 0, CFG_CHOICE, CFG_RUN, AT(api), "VERSION",
	"v1 (PKCS#12), v2 (PEM), auto (default)", .choices = api_versions},
    {"ca-file", 0, CFG_TEXT, CFG_RUN, AT(ca_file), "FILE",
	"trust these CAs besides the system's", .file = true},
    {"timeout", 0, CFG_NUMBER, CFG_RUN, AT(timeout), "SECONDS",
	"for everything together (600)", .most = MAX_TIMEOUT},

    {NULL, .help = "Load balancers"},
    {"listener", 0, CFG_LIST, CFG_CERT, AT(listeners), "ID|NAME",
	"make it this listener's default; repeatable"},
    {"sni-listener", 0, CFG_LIST, CFG_CERT, AT(sni_listeners), "ID|NAME",
	"add it to this listener's further ones"},
    {"rotate", 0, CFG_FLAG, CFG_CERT, AT(rotate), NULL,
	"replace older versions wherever they are used"},
    {"verify", 0, CFG_LIST, CFG_CERT, AT(verify), "HOST[:PORT][=ADDRESS]",
	"prove that it is served", .check = check_probe},
    {"verify-timeout", 0, CFG_NUMBER, CFG_CERT, AT(verify_timeout), "SECONDS",
	"how long it may take (120)", .most = MAX_TIMEOUT},
    {"keep", 0, CFG_NUMBER, CFG_CERT, AT(keep), "N",
	"delete unused versions but the newest N", .most = 1000},
    {"rollback", 0, CFG_FLAG, CFG_CLI, AT(rollback), NULL,
	"put the version before back to use"},

    {NULL, .help = "Run"},
    {"config", 0, CFG_TEXT, CFG_CLI, AT(config), "FILE",
	"instead of " CFG_DEFAULT_FILE},
    {"at-once", 0, CFG_NUMBER, CFG_RUN, AT(at_once), "N",
	"certificates side by side (16)", .most = MAX_AT_ONCE},
    {"lock", 0, CFG_CHOICE, CFG_RUN, AT(lock), "WAY",
	"another run goes on: wait (default), skip, fail",
	.choices = lock_ways},
    {"lock-dir", 0, CFG_TEXT, CFG_RUN, AT(lock_dir), "DIR", "where the lock is",
	.file = true, .env = {"CERTUPLOAD_LOCK_DIR"}},
    {"dry-run", 'n', CFG_FLAG, CFG_RUN, AT(dry_run), NULL,
	"look and plan, change nothing"},
    {"status", 0, CFG_FLAG, CFG_CLI, AT(status), NULL,
	"tell what is there, used, and needs attention"},
    {"detailed-exitcode", 0, CFG_FLAG, CFG_RUN, AT(detailed_exitcode), NULL,
	"exit 20 when something changes"},
    {"json", 0, CFG_FLAG, CFG_RUN, AT(json), NULL, "report as JSON"},
    {"quiet", 'q', CFG_FLAG, CFG_RUN, AT(quiet), NULL,
	"say nothing unless it fails"},
    {"verbose", 'v', CFG_COUNT, CFG_RUN, AT(verbose), NULL,
	"say what is done; twice: each request", .most = MAX_VERBOSE},
    {"help", 'h', CFG_FLAG, CFG_CLI, AT(help), NULL, "show this"},
    {"version", 'V', CFG_FLAG, CFG_CLI, AT(version), NULL, "show the version"},
};
const size_t cfg_key_count = COUNTOF(cfg_keys);
_Static_assert(COUNTOF(cfg_keys) <= CFG_KEYS_MAX, "raise CFG_KEYS_MAX");

const struct cfg_key *
cfg_key_find(const char *name)
{
	for (size_t i = 0; i < COUNTOF(cfg_keys); i++)
		if (cfg_keys[i].name != NULL &&
		    strcmp(cfg_keys[i].name, name) == 0)
			return &cfg_keys[i];
	return NULL;
}

const char *
cfg_key_nearest(const char *name)
{
	const char *nearest = NULL;
	unsigned best = NEAR + 1;

	for (size_t i = 0; i < COUNTOF(cfg_keys); i++) {
		unsigned distance = cfg_keys[i].name == NULL
					? best
					: text_distance(name, cfg_keys[i].name);

		if (distance < best) {
			best = distance;
			nearest = cfg_keys[i].name;
		}
	}
	return nearest;
}

/* --- values --------------------------------------------------------------- */

/* Only a flag and a count come without a value. */
/* NOLINTBEGIN(*-core.NonNullParamChecker) */

static bool
set_number(const struct cfg_key *key, const char *value, int *number,
    struct fail *fail)
{
	char *end;
	long n;

	errno = 0;
	n = strtol(value, &end, 10);
	if (errno != 0 || end == value || *end != '\0' || n < 1 ||
	    n > key->most)
		return fail_set(fail, FAIL_USAGE,
		    "'%s' is no number from 1 to %d", value, key->most);
	*number = (int)n;
	return true;
}

static bool
set_choice(const struct cfg_key *key, const char *value, int *choice,
    struct fail *fail)
{
	for (int i = 0; key->choices[i] != NULL; i++) {
		if (strcmp(key->choices[i], value) == 0) {
			*choice = i;
			return true;
		}
	}
	fail_set(fail, FAIL_USAGE, "'%s' is not one of its values", value);
	return fail_hint(fail, "%s", key->help);
}
/* NOLINTEND(*-core.NonNullParamChecker) */

static bool
set_flag(const char *value, bool *flag, struct fail *fail)
{
	static const struct {
		const char *word;
		bool flag;
	} words[] = {{"yes", true}, {"true", true}, {"on", true}, {"1", true},
	    {"no", false}, {"false", false}, {"off", false}, {"0", false}};

	for (size_t i = 0; value != NULL && i < COUNTOF(words); i++) {
		if (strcasecmp(value, words[i].word) == 0) {
			*flag = words[i].flag;
			return true;
		}
	}
	if (value != NULL)
		return fail_set(
		    fail, FAIL_USAGE, "'%s' is not yes or no", value);
	*flag = true;
	return true;
}

static bool
add_item(const struct cfg_key *key, const char *value, struct cfg_list *list,
    struct fail *fail)
{
	if (key->check != NULL && !key->check(value, fail))
		return false;
	if (list->count == CFG_LIST_MAX)
		return fail_set(
		    fail, FAIL_USAGE, "more than %d times", CFG_LIST_MAX);
	list->items[list->count++] = value;
	return true;
}

bool
cfg_key_set(struct cfg *cfg, const struct cfg_key *key, const char *value,
    struct fail *fail)
{
	void *at = (char *)cfg + key->at;

	if (value != NULL && value[0] == '\0')
		return fail_set(fail, FAIL_USAGE, "is empty");
	switch (key->type) {
	case CFG_FLAG:
		return set_flag(value, at, fail);
	case CFG_COUNT:
		if (value != NULL)
			return set_number(key, value, at, fail);
		++*(int *)at;
		return true;
	case CFG_TEXT:
		*(const char **)at = value;
		return true;
	case CFG_LIST:
		return add_item(key, value, at, fail);
	case CFG_NUMBER:
		return set_number(key, value, at, fail);
	case CFG_CHOICE:
		return set_choice(key, value, at, fail);
	}
	return false;
}
