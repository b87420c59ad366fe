#include "app/cfg.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "pki/p12.h"

#define DEFAULT_TIMEOUT 600
/* A week: whoever waits longer has forgotten it. */
#define MAX_TIMEOUT 604800

/* Edits up to which an unknown option is taken for a known one. */
#define NEAR 3

enum type {
	FLAG,   /* bool */
	COUNT,  /* int, one more each time */
	TEXT,   /* const char *, not empty */
	LIST,   /* struct cfg_list */
	NUMBER, /* int, 1 and more */
	CHOICE, /* int: the place among `choices` */
};

static const char *const pkcs12_styles[] = {
    [P12_MODERN] = "modern",
    [P12_LEGACY] = "legacy",
    [P12_UNENCRYPTED] = "unencrypted",
    [P12_UNENCRYPTED + 1] = NULL,
};

#define AT(member) offsetof(struct cfg, member)

/* A row without a type is the title of a group. */
static const struct key {
	const char *name;
	char letter;
	enum type type;
	size_t at;
	const char *value;  /* its name in the help */
	const char *env[2]; /* the first that is set counts */
	const char *help;
	const char *const *choices;
	int most; /* NUMBER */
} keys[] = {
    {NULL, .help = "Certificate"},
    {"key", 0, TEXT, AT(key), "FILE", .help = "private key ('-': stdin)"},
    {"cert", 0, TEXT, AT(cert), "FILE",
	.help = "certificate, alone, with chain, or with key"},
    {"chain", 0, LIST, AT(chain), "FILE",
	.help = "issuers, in any order; repeatable"},
    {"lineage", 0, TEXT, AT(lineage), "DIR",
	.help = "certbot's folder of all three instead"},
    {"key-passphrase-file", 0, TEXT, AT(passphrase_file), "FILE",
	.help = "for an encrypted key; else asked for"},
    {"name", 0, TEXT, AT(name), "NAME",
	.help = "begins the secret's name (first DNS name)"},

    {NULL, .help = "Checks"},
    {"min-days", 0, NUMBER, AT(min_days), "N",
	.help = "refuse what expires sooner", .most = 36500},
    {"require-name", 0, LIST, AT(require_names), "NAME",
	.help = "refuse what does not cover it; repeatable"},
    {"ca-bundle", 0, TEXT, AT(ca_bundle), "FILE",
	.help = "prove the chain by these, not the system's"},
    {"require-complete", 0, FLAG, AT(require_complete),
	.help = "refuse a chain not proved complete"},
    {"allow-incomplete-chain", 0, FLAG, AT(allow_incomplete_chain),
	.help = "take one that lacks an issuer"},
    {"fetch-chain", 0, FLAG, AT(fetch_chain),
	.help = "get missing issuers from where they are"},
    {"fetch-private", 0, FLAG, AT(fetch_private),
	.help = "even from private addresses"},
    {"keep-root", 0, FLAG, AT(keep_root), .help = "send the root as well"},
    {"allow-key-type", 0, FLAG, AT(allow_key_type),
	.help = "take keys the balancer cannot use"},

    {NULL, .help = "Bundle"},
    {"pkcs12", 0, CHOICE, AT(pkcs12), "STYLE",
	.help = "modern (default), legacy, unencrypted",
	.choices = pkcs12_styles},
    {"check", 0, FLAG, AT(check), .help = "make and verify it, send nothing"},
    {"output", 0, TEXT, AT(output), "FILE",
	.help = "write it to a new file, send nothing"},
    {"force", 0, FLAG, AT(force), .help = "let --output replace a file"},

    {NULL, .help = "Server"},
    {"api-key-file", 0, TEXT, AT(api_key_file), "FILE",
	.help = "else GCORE_API_KEY"},
    {"project", 0, TEXT, AT(project), "ID|NAME",
	.env = {"GCORE_CLOUD_PROJECT_ID"},
	.help = "else GCORE_CLOUD_PROJECT_ID"},
    {"region", 0, TEXT, AT(region), "ID|NAME", .env = {"GCORE_CLOUD_REGION_ID"},
	.help = "else GCORE_CLOUD_REGION_ID"},
    {"api-url", 0, TEXT, AT(api_url), "URL",
	.env = {"GCORE_BASE_URL", "GCORE_API_ENDPOINT"},
	.help = "else GCORE_BASE_URL, https://api.gcore.com"},
    {"ca-file", 0, TEXT, AT(ca_file), "FILE",
	.help = "trust these CAs besides the system's"},
    {"timeout", 0, NUMBER, AT(timeout), "SECONDS",
	.help = "for everything together (600)", .most = MAX_TIMEOUT},

    {NULL, .help = "Run"},
    {"dry-run", 'n', FLAG, AT(dry_run),
	.help = "look and plan, change nothing"},
    {"json", 0, FLAG, AT(json), .help = "report as JSON"},
    {"quiet", 'q', FLAG, AT(quiet), .help = "say nothing unless it fails"},
    {"verbose", 'v', COUNT, AT(verbose),
	.help = "say what is done; twice: each request"},
    {"help", 'h', FLAG, AT(help), .help = "show this"},
    {"version", 'V', FLAG, AT(version), .help = "show the version"},
};

/* --- values --------------------------------------------------------------- */

static bool
set_number(const struct key *key, const char *where, const char *value,
    int *number, struct fail *fail)
{
	char *end;
	long n;

	errno = 0;
	n = strtol(value, &end, 10);
	if (errno != 0 || end == value || *end != '\0' || n < 1 ||
	    n > key->most)
		return fail_set(fail, FAIL_USAGE,
		    "%s: '%s' is no number from 1 to %d", where, value,
		    key->most);
	*number = (int)n;
	return true;
}

static bool
set_choice(const struct key *key, const char *where, const char *value,
    int *choice, struct fail *fail)
{
	for (int i = 0; key->choices[i] != NULL; i++) {
		if (strcmp(key->choices[i], value) == 0) {
			*choice = i;
			return true;
		}
	}
	fail_set(fail, FAIL_USAGE, "%s: '%s' is not one of its values", where,
	    value);
	return fail_hint(fail, "%s", key->help);
}

static bool
set_value(struct cfg *cfg, const struct key *key, const char *where,
    const char *value, struct fail *fail)
{
	void *at = (char *)cfg + key->at;
	struct cfg_list *list = at;

	if (value != NULL && value[0] == '\0')
		return fail_set(fail, FAIL_USAGE, "%s: is empty", where);
	switch (key->type) {
	case FLAG:
		*(bool *)at = true;
		return true;
	case COUNT:
		++*(int *)at;
		return true;
	case TEXT:
		*(const char **)at = value;
		return true;
	case LIST:
		if (list->count == CFG_LIST_MAX)
			return fail_set(fail, FAIL_USAGE,
			    "%s: more than %d times", where, CFG_LIST_MAX);
		list->items[list->count++] = value;
		return true;
	case NUMBER:
		return set_number(key, where, value, at, fail);
	case CHOICE:
		return set_choice(key, where, value, at, fail);
	}
	return false;
}

/* --- environment ---------------------------------------------------------- */

static const char *
env_value(char *const env[], const char *name)
{
	size_t len = strlen(name);

	for (; *env != NULL; env++)
		if (strncmp(*env, name, len) == 0 && (*env)[len] == '=')
			return *env + len + 1;
	return NULL;
}

/* An empty variable counts as none: unit files and CI often set such. */
static bool
from_env(struct cfg *cfg, char *const env[], struct fail *fail)
{
	for (size_t i = 0; i < COUNTOF(keys); i++) {
		const char *value = NULL;
		size_t e;

		for (e = 0; e < COUNTOF(keys[i].env); e++) {
			if (keys[i].env[e] == NULL)
				break;
			value = env_value(env, keys[i].env[e]);
			if (value != NULL && value[0] != '\0')
				break;
			value = NULL;
		}
		if (value != NULL &&
		    !set_value(cfg, &keys[i], keys[i].env[e], value, fail))
			return false;
	}
	return true;
}

/* --- command line --------------------------------------------------------- */

static bool
unknown_option(const char *argument, struct fail *fail)
{
	const char *nearest = NULL;
	unsigned best = NEAR + 1;
	char name[64];

	snprintf(
	    name, sizeof(name), "%.*s", (int)strcspn(argument, "="), argument);
	fail_set(fail, FAIL_USAGE, "%s: unknown option", name);
	for (size_t i = 0; i < COUNTOF(keys) && name[0] == '-'; i++) {
		unsigned distance;

		if (keys[i].name == NULL)
			continue;
		distance =
		    text_distance(name + strspn(name, "-"), keys[i].name);
		if (distance < best) {
			best = distance;
			nearest = keys[i].name;
		}
	}
	if (nearest != NULL)
		return fail_hint(fail, "did you mean --%s?", nearest);
	return fail_hint(fail, "certupload --help lists the options");
}

/* Options for getopt_long: `val` is the row, plus this. */
#define ROW 256

static bool
takes_value(const struct key *key)
{
	return key->type != FLAG && key->type != COUNT;
}

static void
getopt_table(struct option longs[], char shorts[])
{
	*shorts++ = ':';
	for (size_t i = 0; i < COUNTOF(keys); i++) {
		if (keys[i].name == NULL)
			continue;
		*longs++ = (struct option){keys[i].name,
		    takes_value(&keys[i]) ? required_argument : no_argument,
		    NULL, ROW + (int)i};
		if (keys[i].letter != 0)
			*shorts++ = keys[i].letter;
	}
	*longs = (struct option){0};
	*shorts = '\0';
}

static const struct key *
key_of(int option)
{
	for (size_t i = 0; i < COUNTOF(keys); i++)
		if (option == ROW + (int)i ||
		    (keys[i].letter != 0 && option == keys[i].letter))
			return &keys[i];
	return NULL;
}

static bool
from_argv(struct cfg *cfg, int argc, char *const argv[], struct fail *fail)
{
	struct option longs[COUNTOF(keys) + 1];
	char shorts[COUNTOF(keys) + 2], where[64];
	int option;

	getopt_table(longs, shorts);
	opterr = 0;
	optind = 0; /* start over: tests parse more than once */
	while ((option = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		const struct key *key = key_of(option);

		if (option == ':') {
			fail_set(fail, FAIL_USAGE, "%s: needs a value",
			    argv[optind - 1]);
			return fail_hint(
			    fail, "certupload --help lists the options");
		}
		if (key == NULL)
			return unknown_option(argv[optind - 1], fail);
		snprintf(where, sizeof(where), "--%s", key->name);
		if (!set_value(cfg, key, where, optarg, fail))
			return false;
	}
	if (optind == argc)
		return true;
	fail_set(
	    fail, FAIL_USAGE, "%s: what should be done with it?", argv[optind]);
	return fail_hint(fail, "files are given by --key, --cert, --chain");
}

/* --- the whole ------------------------------------------------------------ */

static bool
is_stdin(const char *file)
{
	return file != NULL && strcmp(file, "-") == 0;
}

static int
stdin_uses(const struct cfg *cfg)
{
	int uses = is_stdin(cfg->key) + is_stdin(cfg->cert) +
		   is_stdin(cfg->passphrase_file) + is_stdin(cfg->api_key_file);

	for (size_t i = 0; i < cfg->chain.count; i++)
		uses += is_stdin(cfg->chain.items[i]);
	return uses;
}

static bool
fits_together(const struct cfg *cfg, struct fail *fail)
{
	bool offline = cfg->check || cfg->output != NULL;

	if (cfg->lineage != NULL &&
	    (cfg->key != NULL || cfg->cert != NULL || cfg->chain.count > 0))
		return fail_set(fail, FAIL_USAGE,
		    "--lineage stands for --key, --cert and --chain");
	if (cfg->lineage == NULL && cfg->key == NULL && cfg->cert == NULL) {
		fail_set(fail, FAIL_USAGE, "no --key and no --cert is given");
		return fail_hint(fail,
		    "certupload --key server.key --cert server.crt --chain "
		    "ca.pem");
	}
	if (stdin_uses(cfg) > 1)
		return fail_set(fail, FAIL_USAGE,
		    "'-' is given more than once; standard input is read "
		    "once");
	if (cfg->force && cfg->output == NULL)
		return fail_set(
		    fail, FAIL_USAGE, "--force is for --output alone");
	if (cfg->dry_run && offline)
		return fail_set(fail, FAIL_USAGE,
		    "--dry-run looks at the server, --check and --output do "
		    "not: choose one");
	if (!offline && cfg->region == NULL) {
		fail_set(fail, FAIL_USAGE, "no region is given");
		return fail_hint(
		    fail, "set GCORE_CLOUD_REGION_ID or give --region");
	}
	return true;
}

bool
cfg_parse(struct cfg *cfg, int argc, char *const argv[], char *const env[],
    struct fail *fail)
{
	*cfg = (struct cfg){.timeout = DEFAULT_TIMEOUT, .pkcs12 = P12_MODERN};
	if (!from_env(cfg, env, fail) || !from_argv(cfg, argc, argv, fail))
		return false;
	return cfg->help || cfg->version || fits_together(cfg, fail);
}

void
cfg_help(FILE *out)
{
	fprintf(out,
	    "usage: certupload --key FILE --cert FILE [--chain FILE] "
	    "[options]\n"
	    "Upload a certificate to Gcore Cloud as a secret; print its id.\n");
	for (size_t i = 0; i < COUNTOF(keys); i++) {
		char left[64];

		if (keys[i].name == NULL) {
			fprintf(out, "\n%s:\n", keys[i].help);
			continue;
		}
		snprintf(left, sizeof(left), "%c%c%c --%s %s",
		    keys[i].letter == 0 ? ' ' : '-',
		    keys[i].letter == 0 ? ' ' : keys[i].letter,
		    keys[i].letter == 0 ? ' ' : ',', keys[i].name,
		    keys[i].value == NULL ? "" : keys[i].value);
		fprintf(out, " %-30s %s\n", left, keys[i].help);
	}
	fprintf(out, "\nExit: 0 done, 2 usage, 3 input, 4 network, 5 API key, "
		     "6 refused, "
		     "7 timeout,\n8 outcome unknown (run again), 9 internal. "
		     "Manual: certupload(1).\n");
}
