#include "app/inputs.h"

#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "app/issuers.h"
#include "app/secrets.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"

/* An ACME client needs a moment between its key and its certificate. */
#define SETTLE_MS 4000
#define SETTLE_STEP_MS 200

/* Paths and fetched addresses that credentials refer to. */
struct inputs {
	const struct cfg *cfg;
	struct buf key, cert, chain; /* of --lineage */
	const char *chain_list[1];
	struct cred_source source;
	struct issuers issuers;
	struct chain_rules rules;
};

static void
inputs_clear(struct inputs *inputs)
{
	buf_clear(&inputs->key);
	buf_clear(&inputs->cert);
	buf_clear(&inputs->chain);
	issuers_clear(&inputs->issuers);
}

void
inputs_common_clear(struct inputs_common *common)
{
	cert_cache_clear(&common->cache);
	trust_close(&common->trust);
}

/* --- which files ---------------------------------------------------------- */

static bool
passphrase(void *data, const char *file, struct buf *text, struct fail *fail)
{
	const struct inputs *inputs = data;

	return secrets_passphrase(
	    inputs->cfg->passphrase_file, file, text, fail);
}

/* The folders of certbot, and of clients that leave the same names. */
static bool
use_lineage(struct inputs *inputs, const char *dir, struct fail *fail)
{
	struct cred_source *source = &inputs->source;

	if (!buf_printf(&inputs->key, fail, "%s/privkey.pem", dir) ||
	    !buf_printf(&inputs->cert, fail, "%s/cert.pem", dir) ||
	    !buf_printf(&inputs->chain, fail, "%s/chain.pem", dir))
		return false;
	if (access(buf_text(&inputs->cert), F_OK) != 0) {
		buf_clear(&inputs->cert);
		if (!buf_printf(&inputs->cert, fail, "%s/fullchain.pem", dir))
			return false;
	}
	source->key = buf_text(&inputs->key);
	source->cert = buf_text(&inputs->cert);
	inputs->chain_list[0] = buf_text(&inputs->chain);
	source->chain = inputs->chain_list;
	source->chain_count = access(inputs->chain_list[0], F_OK) == 0;
	return true;
}

/* NULL with FAIL_NONE: the system has no anchors. */
static struct trust *
open_trust(struct inputs_common *common, const char *bundle, struct fail *fail)
{
	bool same = bundle == NULL || common->bundle == NULL
			? bundle == common->bundle
			: strcmp(bundle, common->bundle) == 0;

	fail->code = FAIL_NONE;
	if (!same)
		trust_close(&common->trust);
	if (common->trust == NULL)
		common->trust = trust_open(bundle, fail);
	common->bundle = bundle;
	return common->trust;
}

static bool
prepare(struct inputs *inputs, const struct cfg *cfg,
    struct inputs_common *common, struct fail *fail)
{
	inputs->cfg = cfg;
	inputs->source = (struct cred_source){
	    .key = cfg->key,
	    .cert = cfg->cert,
	    .chain = cfg->chain.items,
	    .chain_count = cfg->chain.count,
	    .passphrase = passphrase,
	    .data = inputs,
	    .cache = &common->cache,
	};
	inputs->rules = (struct chain_rules){
	    .leaf = {.now = clock_wall(),
		/* What --status tells of, it does not refuse. */
		.min_days = cfg->status ? 0 : cfg->min_days,
		.allow_expired = cfg->status,
		.allow_key_type = cfg->allow_key_type,
		.names = cfg->require_names.items,
		.name_count = cfg->require_names.count},
	    .keep_root = cfg->keep_root,
	    .require_complete = cfg->require_complete,
	    .allow_gap = cfg->allow_incomplete_chain,
	};
	if (cfg->lineage != NULL && !use_lineage(inputs, cfg->lineage, fail))
		return false;
	inputs->rules.trust = open_trust(common, cfg->ca_bundle, fail);
	return fail->code == FAIL_NONE;
}

/* --- a consistent set ----------------------------------------------------- */

static bool
is_file(const char *path)
{
	struct stat st;

	return path == NULL || (stat(path, &st) == 0 && S_ISREG(st.st_mode));
}

/* Pipes and standard input can be read once. */
static bool
can_read_again(const struct cred_source *source)
{
	for (size_t i = 0; i < source->chain_count; i++)
		if (!is_file(source->chain[i]))
			return false;
	return is_file(source->key) && is_file(source->cert);
}

static bool
load(const struct cred_source *source, struct inputs_common *common,
    struct cred *cred, struct fail *fail)
{
	static const struct timespec step = {
	    .tv_nsec = SETTLE_STEP_MS * 1000000L};

	if (!cred_load(source, cred, fail))
		return false;
	if (!chain_fits(cred) && can_read_again(source))
		log_line(LOG_INFO,
		    "key and certificate do not fit: reading them again for "
		    "%d seconds",
		    (SETTLE_MS - common->waited_ms) / 1000);
	while (!chain_fits(cred) && can_read_again(source) &&
	       common->waited_ms < SETTLE_MS) {
		nanosleep(&step, NULL);
		common->waited_ms += SETTLE_STEP_MS;
		cred_clear(cred);
		if (!cred_load(source, cred, fail))
			return false;
	}
	return true;
}

/* --- missing issuers ------------------------------------------------------ */

static bool
build(struct inputs *inputs, struct cred *cred, struct chain *chain,
    struct fail *fail)
{
	while (!chain_build(cred, &inputs->rules, chain, fail)) {
		CLEANUP(buf_clear) struct buf missing = chain->missing;

		chain->missing = (struct buf){0};
		if (!inputs->cfg->fetch_chain ||
		    !issuers_fetch(
			&inputs->issuers, inputs->cfg, &missing, cred, fail))
			return false;
	}
	return true;
}

/* --- the whole ------------------------------------------------------------ */

/* Of the certificate called `title`. */
static void
log_lines(enum log_level level, const char *prefix, const char *title,
    const struct buf *lines)
{
	const char *rest = buf_text(lines), *line;
	int len;

	while (text_line(&rest, &line, &len))
		log_line(level, "%s%s%s%.*s", prefix, title,
		    title[0] == '\0' ? "" : ": ", len, line);
}

bool
inputs_read(const struct cfg *cfg, struct inputs_common *common,
    struct chain *chain, struct fail *fail)
{
	CLEANUP(inputs_clear) struct inputs inputs = {0};
	CLEANUP(cred_clear) struct cred cred = {0};
	bool good = prepare(&inputs, cfg, common, fail) &&
		    load(&inputs.source, common, &cred, fail) &&
		    build(&inputs, &cred, chain, fail);

	if (!ossl_had_memory(fail) || !good)
		return false;
	for (size_t i = 0; i < chain->issuer_count; i++)
		cert_cache_add(&common->cache, chain->issuers[i]);
	log_lines(LOG_INFO, "", cfg_title(cfg), &chain->notes);
	log_lines(LOG_NOTE, "warning: ", cfg_title(cfg), &chain->warnings);
	return true;
}
