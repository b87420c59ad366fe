#include "app/cfg_fit.h"

#include <string.h>

#include "net/url.h"

#define AT(member) offsetof(struct cfg, member)

/* Two settings of which one excludes the other. */
struct clash {
	size_t one, other; /* flags, texts or lists in struct cfg */
	const char *why;
};

/* The line that gave a setting, or NULL; a flag may be given as "no". */
static const struct cfg_line *
line_of(const struct cfg *cfg, const struct cfg_layers *layers, size_t at)
{
	const struct cfg_line *line = cfg_layers_find(layers, at);

	if (line != NULL && line->key->type == CFG_FLAG &&
	    !*(const bool *)((const char *)cfg + at))
		return NULL;
	return line;
}

static bool
none_clash(const struct clash *clashes, size_t count, const struct cfg *cfg,
    const struct cfg_layers *layers, struct fail *fail)
{
	char place[sizeof(fail->text)];

	for (size_t i = 0; i < count; i++) {
		const struct cfg_line *one =
		    line_of(cfg, layers, clashes[i].one);
		const struct cfg_line *other =
		    line_of(cfg, layers, clashes[i].other);

		if (one == NULL || other == NULL)
			continue;
		cfg_line_where(other, place, sizeof(place));
		fail_set(fail, FAIL_USAGE, "cannot be combined with %s", place);
		fail_hint(fail, "%s", clashes[i].why);
		return cfg_line_fail(one, fail);
	}
	return true;
}

static bool
is_offline(const struct cfg *cfg)
{
	return cfg->check || cfg->output != NULL;
}

/* --- the run -------------------------------------------------------------- */

static const char status_alone[] =
    "--status goes without --check, --output, --dry-run and --rollback";
static const char look[] =
    "choose one: --dry-run looks at the server, --check and --output do not";
static const char change[] =
    "choose one: --rollback changes listeners, --check and --output send "
    "nothing";

static const struct clash run_clashes[] = {
    {AT(status), AT(check), status_alone},
    {AT(status), AT(output), status_alone},
    {AT(status), AT(dry_run), status_alone},
    {AT(status), AT(rollback), status_alone},
    {AT(dry_run), AT(check), look},
    {AT(dry_run), AT(output), look},
    {AT(rollback), AT(check), change},
    {AT(rollback), AT(output), change},
};

static bool
is_url_good(
    const struct cfg *run, const struct cfg_layers *layers, struct fail *fail)
{
	return is_offline(run) || run->api_url == NULL ||
	       url_check(run->api_url, fail) ||
	       cfg_line_fail(cfg_layers_find(layers, AT(api_url)), fail);
}

bool
cfg_fit_run(
    const struct cfg *run, const struct cfg_layers *layers, struct fail *fail)
{
	if (run->force && run->output == NULL)
		return fail_set(
		    fail, FAIL_USAGE, "--force is for --output alone");
	return none_clash(
		   run_clashes, COUNTOF(run_clashes), run, layers, fail) &&
	       is_url_good(run, layers, fail);
}

/* --- a certificate -------------------------------------------------------- */

static const char all_three[] =
    "choose one: --lineage stands for --key, --cert and --chain";

static const struct clash cert_clashes[] = {
    {AT(lineage), AT(key), all_three},
    {AT(lineage), AT(cert), all_three},
    {AT(lineage), AT(chain), all_three},
};

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

/* What no line gives is missing in the section. */
static bool
is_whole(
    const struct cfg *cfg, const struct cfg_section *section, struct fail *fail)
{
	if (cfg->lineage == NULL && cfg->key == NULL && cfg->cert == NULL) {
		fail_set(fail, FAIL_USAGE, "no --key and no --cert is given");
		fail_hint(fail,
		    "certupload --key server.key --cert server.crt --chain "
		    "ca.pem");
	} else if (!is_offline(cfg) && cfg->region == NULL) {
		fail_set(fail, FAIL_USAGE, "no region is given");
		fail_hint(fail, "set GCORE_CLOUD_REGION_ID or give --region");
	} else {
		return true;
	}
	return section != NULL && fail_in(fail, "%s:%u: [%s]", section->file,
				      section->number, section->title);
}

bool
cfg_fit_cert(const struct cfg *cfg, const struct cfg_layers *layers,
    const struct cfg_section *section, struct fail *fail)
{
	if (!none_clash(cert_clashes, COUNTOF(cert_clashes), cfg, layers, fail))
		return false;
	if (stdin_uses(cfg) > 1)
		return fail_set(fail, FAIL_USAGE,
		    "'-' is given more than once; standard input is read "
		    "once");
	return is_whole(cfg, section, fail);
}

bool
cfg_fit_several(const struct cfg *given, struct fail *fail)
{
	if (given->output == NULL &&
	    stdin_uses(given) == is_stdin(given->api_key_file))
		return true;
	return fail_set(fail, FAIL_USAGE, "%s is for one certificate: name it",
	    given->output == NULL ? "'-'" : "--output");
}
