#include "app/cfg_parse.h"

#include <string.h>
#include <unistd.h>

#include "app/cfg_args.h"
#include "app/cfg_file.h"
#include "app/cfg_fit.h"
#include "base/mem.h"
#include "base/text.h"
#include "gcore/api.h"
#include "pki/p12.h"

#define DEFAULT_TIMEOUT 600
#define DEFAULT_AT_ONCE 16
#define DEFAULT_VERIFY_TIMEOUT 120

/* Edits up to which a name is taken for a title that it may have meant. */
#define NEAR 2

/* What the steps share. */
struct parse {
	struct cfg_all *all;
	struct cfg_names names;
	struct cfg_file file;
	struct cfg_mistakes mistakes;
	struct cfg_layers layers; /* CFG_SECTION: of one after the other */
	struct cfg given;         /* the options alone */
	struct cfg base;          /* the layers below those of a section */
};

/* --- layers --------------------------------------------------------------- */

/* The file is read where there is one; one that is named must be there. */
static bool
read_config(struct parse *parse, struct fail *fail)
{
	const char *path = parse->given.config;

	if (path == NULL && access(CFG_DEFAULT_FILE, F_OK) != 0)
		return true;
	if (!cfg_file_read(
		&parse->file, path == NULL ? CFG_DEFAULT_FILE : path, fail))
		return false;
	parse->layers.of[CFG_COMMON] = parse->file.common;
	return true;
}

/* Set lines of a file in `cfg`. Each has a good value, but a list may have
 * got too many. */
static void
set_file_lines(struct parse *parse, enum cfg_layer layer, struct cfg *cfg)
{
	const struct cfg_lines *lines = &parse->layers.of[layer];
	struct fail mistake;

	for (size_t i = 0; i < lines->count; i++)
		if (!cfg_line_set(&lines->items[i], cfg, &mistake))
			cfg_mistakes_add(&parse->mistakes, &mistake);
}

/* Everything but sections. */
static bool
set_run(struct parse *parse, struct fail *fail)
{
	struct cfg *base = &parse->base;

	*base = (struct cfg){.timeout = DEFAULT_TIMEOUT,
	    .verify_timeout = DEFAULT_VERIFY_TIMEOUT,
	    .at_once = DEFAULT_AT_ONCE,
	    .pkcs12 = P12_MODERN,
	    .api = API_AUTO};
	set_file_lines(parse, CFG_COMMON, base);
	if (!cfg_lines_set(&parse->layers.of[CFG_ENV], base, fail))
		return false;
	parse->all->run = *base;
	return cfg_lines_set(
	    &parse->layers.of[CFG_ARGS], &parse->all->run, fail);
}

/* --- certificates --------------------------------------------------------- */

/* One more, of `section` or (NULL) of the command line. */
static bool
add_cert(
    struct parse *parse, const struct cfg_section *section, struct fail *fail)
{
	struct cfg_all *all = parse->all;
	struct cfg *cfg = &all->certs[all->count++];
	struct fail mistake;

	*cfg = parse->base;
	if (section != NULL) {
		cfg->title = section->title;
		parse->layers.of[CFG_SECTION] =
		    cfg_file_lines(&parse->file, section);
		set_file_lines(parse, CFG_SECTION, cfg);
	}
	if (!cfg_lines_set(&parse->layers.of[CFG_ARGS], cfg, fail))
		return false;
	if (!cfg_fit_cert(cfg, &parse->layers, section, &mistake))
		cfg_mistakes_add(&parse->mistakes, &mistake);
	return true;
}

static bool
unknown_name(const struct parse *parse, const char *name, struct fail *fail)
{
	const struct cfg_sections *sections = &parse->file.sections;
	const char *near = NULL;

	for (size_t i = 0; i < sections->count; i++)
		if (text_distance(sections->items[i].title, name) <= NEAR)
			near = sections->items[i].title;
	fail_set(fail, FAIL_USAGE, "%s: no certificate of this name", name);
	if (near != NULL)
		return fail_hint(fail, "did you mean %s?", near);
	return fail_hint(
	    fail, "names are titles of sections in the configuration file");
}

/* The command line names sections, or means all. */
static bool
select_sections(struct parse *parse, struct fail *fail)
{
	const struct cfg_names *names = &parse->names;

	for (size_t i = 0; i < names->count; i++) {
		struct cfg_section *section =
		    cfg_sections_find(&parse->file.sections, names->items[i]);

		if (section == NULL)
			return unknown_name(parse, names->items[i], fail);
		section->is_named = true;
	}
	return true;
}

static bool
add_sections(struct parse *parse, struct fail *fail)
{
	const struct cfg_sections *sections = &parse->file.sections;
	struct fail mistake;

	if (!select_sections(parse, fail))
		return false;
	for (size_t i = 0; i < sections->count; i++)
		if ((parse->names.count == 0 || sections->items[i].is_named) &&
		    !add_cert(parse, &sections->items[i], fail))
			return false;
	if (parse->all->count > 1 && !cfg_fit_several(&parse->given, &mistake))
		cfg_mistakes_add(&parse->mistakes, &mistake);
	return true;
}

static bool
names_files(const struct cfg *cfg)
{
	return cfg->key != NULL || cfg->cert != NULL || cfg->lineage != NULL;
}

static bool
add_certs(struct parse *parse, struct fail *fail)
{
	struct cfg_all *all = parse->all;
	size_t count = parse->file.sections.count;
	bool alone = names_files(&parse->given) || count == 0;

	all->certs = mem_calloc(alone ? 1 : count, sizeof(*all->certs));
	if (all->certs == NULL)
		return fail_memory(fail);
	if (!alone)
		return add_sections(parse, fail);
	if (parse->names.count == 0)
		return add_cert(parse, NULL, fail);
	fail_set(fail, FAIL_USAGE, "%s: what should be done with it?",
	    parse->names.items[0]);
	return fail_hint(fail, "files are given by --key, --cert, --chain");
}

/* --- the whole ------------------------------------------------------------ */

static bool
parse_all(struct parse *parse, struct fail *fail)
{
	struct cfg_all *all = parse->all;
	struct fail mistake;

	if (!cfg_lines_set(&parse->layers.of[CFG_ARGS], &parse->given, fail))
		return false;
	if (parse->given.help || parse->given.version) {
		all->run = parse->given;
		return true;
	}
	if (!read_config(parse, fail) || !set_run(parse, fail))
		return false;
	/* Mistakes of the file come before what may follow from them. */
	if (!cfg_mistakes_none(&parse->mistakes, fail))
		return false;
	if (!cfg_fit_run(&all->run, &parse->layers, &mistake))
		cfg_mistakes_add(&parse->mistakes, &mistake);
	return add_certs(parse, fail) &&
	       cfg_mistakes_none(&parse->mistakes, fail);
}

bool
cfg_parse(struct cfg_all *all, int argc, char *const argv[], char *const env[],
    struct fail *fail)
{
	struct parse parse = {.all = all};
	struct cfg_lines *args = &parse.layers.of[CFG_ARGS];
	struct cfg_lines *vars = &parse.layers.of[CFG_ENV];
	bool good;

	parse.file.mistakes = &parse.mistakes;
	good = cfg_args_read(argc, argv, args, &parse.names, fail) &&
	       cfg_env_read(env, vars, fail) && parse_all(&parse, fail);
	all->texts = parse.file.texts;
	cfg_lines_clear(args);
	cfg_lines_clear(vars);
	cfg_file_clear(&parse.file);
	return good;
}

void
cfg_clear(struct cfg_all *all)
{
	mem_free(all->certs);
	cfg_texts_free(all->texts);
	*all = (struct cfg_all){0};
}
