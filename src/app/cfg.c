#include "app/cfg.h"

#include <getopt.h>
#include <string.h>
#include <unistd.h>

#include "app/cfg_file.h"
#include "app/cfg_keys.h"
#include "base/mem.h"
#include "base/text.h"
#include "deploy/probe.h"
#include "gcore/api.h"
#include "pki/p12.h"

#define DEFAULT_TIMEOUT 600
#define DEFAULT_AT_ONCE 16
#define DEFAULT_VERIFY_TIMEOUT 120

/* Edits up to which a name is taken for a title that it may have meant. */
#define NEAR 2

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

/* An empty variable counts as none: deployment files and CI often set such. */
static bool
from_env(struct cfg *cfg, char *const env[], struct fail *fail)
{
	for (size_t i = 0; i < cfg_key_count; i++) {
		const struct cfg_key *key = &cfg_keys[i];

		for (size_t e = 0; e < COUNTOF(key->env); e++) {
			const char *value = key->env[e] == NULL
						? NULL
						: env_value(env, key->env[e]);

			if (value == NULL || value[0] == '\0')
				continue;
			if (!cfg_key_set(cfg, key, key->env[e], value, fail))
				return false;
			break;
		}
	}
	return true;
}

/* --- command line --------------------------------------------------------- */

static bool
unknown_option(const char *argument, struct fail *fail)
{
	const char *nearest = NULL;
	char name[64];

	snprintf(
	    name, sizeof(name), "%.*s", (int)strcspn(argument, "="), argument);
	fail_set(fail, FAIL_USAGE, "%s: unknown option", name);
	if (name[0] == '-')
		nearest = cfg_key_nearest(name + strspn(name, "-"));
	if (nearest != NULL)
		return fail_hint(fail, "did you mean --%s?", nearest);
	return fail_hint(fail, "certupload --help lists the options");
}

/* Options for getopt_long: `val` is the row, plus this. */
#define ROW 256

static void
getopt_table(struct option longs[], char shorts[])
{
	*shorts++ = ':';
	for (size_t i = 0; i < cfg_key_count; i++) {
		if (cfg_keys[i].name == NULL)
			continue;
		*longs++ = (struct option){cfg_keys[i].name,
		    cfg_keys[i].value == NULL ? no_argument : required_argument,
		    NULL, ROW + (int)i};
		if (cfg_keys[i].letter != 0)
			*shorts++ = cfg_keys[i].letter;
	}
	*longs = (struct option){0};
	*shorts = '\0';
}

static const struct cfg_key *
key_of(int option)
{
	for (size_t i = 0; i < cfg_key_count; i++)
		if (option == ROW + (int)i ||
		    (cfg_keys[i].letter != 0 && option == cfg_keys[i].letter))
			return &cfg_keys[i];
	return NULL;
}

/* Set the options; the names are behind `optind` afterwards. */
static bool
from_argv(struct cfg *cfg, int argc, char *const argv[], struct fail *fail)
{
	struct option longs[CFG_KEYS_MAX + 1];
	char shorts[CFG_KEYS_MAX + 2], where[64];
	int option;

	getopt_table(longs, shorts);
	opterr = 0;
	optind = 0; /* start over: this is called more than once */
	while ((option = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		const struct cfg_key *key = key_of(option);

		if (option == ':') {
			fail_set(fail, FAIL_USAGE, "%s: needs a value",
			    argv[optind - 1]);
			return fail_hint(
			    fail, "certupload --help lists the options");
		}
		if (key == NULL && optopt >= ROW)
			return fail_set(fail, FAIL_USAGE,
			    "--%s: takes no value",
			    cfg_keys[optopt - ROW].name);
		if (key == NULL)
			return unknown_option(argv[optind - 1], fail);
		snprintf(where, sizeof(where), "--%s", key->name);
		if (!cfg_key_set(cfg, key, where, optarg, fail))
			return false;
	}
	return true;
}

/* --- do the values fit together? ------------------------------------------ */

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

/* The ways to run that exclude each other. */
static bool
modes_fit(const struct cfg *cfg, struct fail *fail)
{
	bool offline = cfg->check || cfg->output != NULL;

	if (cfg->force && cfg->output == NULL)
		return fail_set(
		    fail, FAIL_USAGE, "--force is for --output alone");
	if (cfg->status && (offline || cfg->dry_run || cfg->rollback))
		return fail_set(fail, FAIL_USAGE,
		    "--status goes without --check, --output, --dry-run and "
		    "--rollback");
	if (cfg->dry_run && offline)
		return fail_set(fail, FAIL_USAGE,
		    "--dry-run looks at the server, --check and --output do "
		    "not: choose one");
	if (cfg->rollback && offline)
		return fail_set(fail, FAIL_USAGE,
		    "--rollback changes listeners, --check and --output send "
		    "nothing: choose one");
	if (!offline && cfg->region == NULL) {
		fail_set(fail, FAIL_USAGE, "no region is given");
		return fail_hint(
		    fail, "set GCORE_CLOUD_REGION_ID or give --region");
	}
	return true;
}

/* What only the steps read is tried here, before anything is sent. */
static bool
probes_fit(const struct cfg *cfg, struct fail *fail)
{
	for (size_t i = 0; i < cfg->verify.count; i++) {
		struct probe probe = {0};

		if (!probe_parse(cfg->verify.items[i], &probe, fail))
			return fail_in(fail, "--verify");
	}
	return true;
}

static bool
fits_together(const struct cfg *cfg, struct fail *fail)
{
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
	return modes_fit(cfg, fail) && probes_fit(cfg, fail);
}

/* --- the whole ------------------------------------------------------------ */

/* What the steps share. */
struct parse {
	struct cfg_all *all;
	int argc;
	char *const *argv;
	char *const *env;
	struct cfg given; /* the options alone */
	struct cfg_file file;
};

static bool
names_files(const struct cfg *cfg)
{
	return cfg->key != NULL || cfg->cert != NULL || cfg->lineage != NULL;
}

/* The file is read where there is one; one that is named must be there. */
static bool
read_config(struct parse *parse, struct fail *fail)
{
	const char *path = parse->given.config;

	parse->file.all = parse->all;
	if (path == NULL && access(CFG_DEFAULT_FILE, F_OK) != 0)
		return true;
	return cfg_file_read(
	    &parse->file, path == NULL ? CFG_DEFAULT_FILE : path, fail);
}

/* Set the lines of one section in `cfg`; 0: those before all. */
static void
apply_lines(struct parse *parse, size_t section, struct cfg *cfg)
{
	struct cfg_file *file = &parse->file;
	struct fail mistake;

	for (size_t i = 0; i < file->line_count; i++)
		if (file->lines[i].section == section &&
		    !cfg_key_set(cfg, file->lines[i].key, file->lines[i].where,
			file->lines[i].value, &mistake))
			cfg_file_mistake(file, &mistake);
}

/* Files, environment and options, but for those of sections. */
static bool
set_run(struct parse *parse, struct cfg *run, struct fail *fail)
{
	*run = (struct cfg){.timeout = DEFAULT_TIMEOUT,
	    .verify_timeout = DEFAULT_VERIFY_TIMEOUT,
	    .at_once = DEFAULT_AT_ONCE,
	    .pkcs12 = P12_MODERN,
	    .api = API_AUTO};
	apply_lines(parse, 0, run);
	return from_env(run, parse->env, fail);
}

static bool
is_selected(const struct parse *parse, const char *title)
{
	bool selected = optind == parse->argc;

	for (int i = optind; i < parse->argc; i++)
		selected |= strcmp(parse->argv[i], title) == 0;
	return selected;
}

/* There are no sections that names could select. */
static bool
no_names(const struct parse *parse, struct fail *fail)
{
	fail_set(fail, FAIL_USAGE, "%s: what should be done with it?",
	    parse->argv[optind]);
	return fail_hint(fail, "files are given by --key, --cert, --chain");
}

/* Does each name on the command line select a section? */
static bool
check_names(const struct parse *parse, struct fail *fail)
{
	const struct cfg_file *file = &parse->file;

	for (int i = optind; i < parse->argc; i++) {
		const char *name = parse->argv[i], *near = NULL;
		bool found = false;

		for (size_t s = 0; s < file->section_count; s++) {
			const char *title = file->sections[s].title;

			found |= strcmp(title, name) == 0;
			if (text_distance(title, name) <= NEAR)
				near = title;
		}
		if (found)
			continue;
		fail_set(
		    fail, FAIL_USAGE, "%s: no certificate of this name", name);
		if (near != NULL)
			return fail_hint(fail, "did you mean %s?", near);
		return fail_hint(fail,
		    "names are titles of sections in the configuration file");
	}
	return true;
}

/* The section number `index` as a certificate. */
static bool
add_cert(struct parse *parse, size_t index, struct fail *fail)
{
	struct cfg_all *all = parse->all;
	const struct cfg_section *section = &parse->file.sections[index];
	struct cfg *cfg = &all->certs[all->count++];
	struct fail mistake;

	if (!set_run(parse, cfg, fail))
		return false;
	cfg->title = section->title;
	cfg->where = section->where;
	apply_lines(parse, index + 1, cfg);
	if (!from_argv(cfg, parse->argc, parse->argv, fail))
		return false;
	if (!fits_together(cfg, &mistake)) {
		fail_in(&mistake, "%s: [%s]", section->where, section->title);
		cfg_file_mistake(&parse->file, &mistake);
	}
	return true;
}

/* Standard input can be read by one certificate, and a file be its bundle. */
static bool
is_for_any_number(const struct parse *parse, struct fail *fail)
{
	const struct cfg *given = &parse->given;

	if (given->output == NULL &&
	    stdin_uses(given) == is_stdin(given->api_key_file))
		return true;
	return fail_set(fail, FAIL_USAGE, "%s is for one certificate: name it",
	    given->output == NULL ? "'-'" : "--output");
}

static bool
from_sections(struct parse *parse, struct fail *fail)
{
	struct cfg_all *all = parse->all;
	size_t count = parse->file.section_count;

	if (!check_names(parse, fail))
		return false;
	if ((all->certs = mem_calloc(count, sizeof(*all->certs))) == NULL)
		return fail_memory(fail);
	for (size_t i = 0; i < count; i++)
		if (is_selected(parse, parse->file.sections[i].title) &&
		    !add_cert(parse, i, fail))
			return false;
	return all->count == 1 || is_for_any_number(parse, fail);
}

/* There are no sections, or none that count. */
static bool
from_command_line(struct parse *parse, struct fail *fail)
{
	struct cfg_all *all = parse->all;

	if (optind < parse->argc)
		return no_names(parse, fail);
	if ((all->certs = mem_calloc(1, sizeof(*all->certs))) == NULL)
		return fail_memory(fail);
	all->certs[all->count++] = all->run;
	return fits_together(&all->run, fail);
}

static bool
parse_all(struct parse *parse, struct fail *fail)
{
	struct cfg_all *all = parse->all;

	if (!from_argv(&parse->given, parse->argc, parse->argv, fail))
		return false;
	if (parse->given.help || parse->given.version) {
		all->run = parse->given;
		return true;
	}
	if (!read_config(parse, fail) || !set_run(parse, &all->run, fail) ||
	    !from_argv(&all->run, parse->argc, parse->argv, fail))
		return false;
	/* Mistakes of the file come before what may follow from them. */
	if (!cfg_file_is_good(&parse->file, fail))
		return false;
	if (names_files(&parse->given) || parse->file.section_count == 0)
		return from_command_line(parse, fail);
	if (!from_sections(parse, fail))
		return false;
	return cfg_file_is_good(&parse->file, fail);
}

bool
cfg_parse(struct cfg_all *all, int argc, char *const argv[], char *const env[],
    struct fail *fail)
{
	struct parse parse = {
	    .all = all, .argc = argc, .argv = argv, .env = env};
	bool good = parse_all(&parse, fail);

	cfg_file_clear(&parse.file);
	return good;
}

void
cfg_clear(struct cfg_all *all)
{
	for (size_t i = 0; i < all->text_count; i++)
		mem_free(all->texts[i]);
	mem_free(all->texts);
	mem_free(all->certs);
}

const char *
cfg_title(const struct cfg *cfg)
{
	return cfg->title == NULL ? "" : cfg->title;
}

bool
cfg_is_look(const struct cfg *cfg)
{
	return cfg->dry_run || cfg->status;
}

void
cfg_help(FILE *out)
{
	fprintf(out,
	    "usage: certupload --key FILE --cert FILE [--chain FILE] "
	    "[options]\n"
	    "       certupload [options] [NAME ...]\n"
	    "Bring certificates to the load balancers of Gcore Cloud.\n");
	for (size_t i = 0; i < cfg_key_count; i++) {
		char left[64];

		if (cfg_keys[i].name == NULL) {
			fprintf(out, "%s:\n", cfg_keys[i].help);
			continue;
		}
		snprintf(left, sizeof(left), "%c%c%c --%s %s",
		    cfg_keys[i].letter == 0 ? ' ' : '-',
		    cfg_keys[i].letter == 0 ? ' ' : cfg_keys[i].letter,
		    cfg_keys[i].letter == 0 ? ' ' : ',', cfg_keys[i].name,
		    cfg_keys[i].value == NULL ? "" : cfg_keys[i].value);
		fprintf(out, " %-30s %s\n", left, cfg_keys[i].help);
	}
	fprintf(out, "Exit: 0 done, 1 several reasons, 2 usage, 3 input, "
		     "4 network, 5 API key,\n6 refused, 7 timeout, 8 outcome "
		     "unknown (run again), 9 internal, 10 not served,\n"
		     "11 locked, 12 attention. Manual: certupload(1).\n");
}
