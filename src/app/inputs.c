#include "app/inputs.h"

#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "app/issuers.h"
#include "app/secrets.h"
#include "app/snapshot.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"

/* An ACME client needs a moment between its key, certificate and chain. */
#define SETTLE_MS 4000
#define SETTLE_STEP_MS 200

/* Paths and fetched addresses that credentials refer to. */
struct inputs {
	const struct cfg *cfg;
	bool once; /* a passphrase cannot be asked for again */
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
	struct inputs *inputs = data;
	const char *path = inputs->cfg->passphrase_file;
	struct stat st;

	if (path == NULL || stat(path, &st) != 0 || !S_ISREG(st.st_mode))
		inputs->once = true;
	return secrets_passphrase(path, file, text, fail);
}

/* The folders of certbot, and of clients that leave the same names. */
static bool
use_lineage(struct inputs *inputs, const char *dir, struct fail *fail)
{
	struct cred_source *source = &inputs->source;

	buf_clear(&inputs->key);
	buf_clear(&inputs->cert);
	buf_clear(&inputs->chain);
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
	inputs->rules.trust = open_trust(common, cfg->ca_bundle, fail);
	return fail->code == FAIL_NONE;
}

/* --- a consistent set ----------------------------------------------------- */

/* False for pipes and standard input, which can be read once. */
static bool
look_at(const char *path, int64_t now, struct snapshot *snapshot)
{
	struct stat st = {0};

	if (path == NULL)
		return true;
	if (strcmp(path, "-") == 0 ||
	    (stat(path, &st) == 0 && !S_ISREG(st.st_mode)))
		return false;
	snapshot_add(snapshot, &st, now);
	return true;
}

static bool
look(const struct cred_source *source, struct snapshot *snapshot)
{
	int64_t now = clock_wall();

	for (size_t i = 0; i < source->chain_count; i++)
		if (!look_at(source->chain[i], now, snapshot))
			return false;
	return look_at(source->key, now, snapshot) &&
	       look_at(source->cert, now, snapshot);
}

/* Would other files do better? A key that does not fit may have been copied
 * with the times of another place. */
static bool
is_doubtful(bool loaded, const struct cred *cred, const struct chain *chain,
    bool moving)
{
	if (!loaded)
		return moving && cred->is_cut;
	return !chain_fits(cred) || (moving && chain->lacks_issuer);
}

/* `*again`: the files may be about to change, and can be read again. */
static bool
read_once(struct inputs *inputs, struct cred *cred, struct chain *chain,
    bool *again, struct fail *fail)
{
	const struct cred_source *source = &inputs->source;
	const char *lineage = inputs->cfg->lineage;
	struct snapshot before = {0}, after = {0};
	bool regular, loaded, good;

	*again = false;
	if (lineage != NULL && !use_lineage(inputs, lineage, fail))
		return false;
	regular = look(source, &before);
	loaded = cred_load(source, cred, fail);
	good = loaded && chain_build(cred, &inputs->rules, chain, fail);
	*again = regular && look(source, &after) && !inputs->once &&
		 is_doubtful(
		     loaded, cred, chain, snapshot_is_moving(&before, &after));
	return good;
}

static bool
read_settled(struct inputs *inputs, struct inputs_common *common,
    struct cred *cred, struct chain *chain, struct fail *fail)
{
	static const struct timespec step = {
	    .tv_nsec = SETTLE_STEP_MS * 1000000L};

	for (bool told = false;; told = true) {
		bool again;
		bool good = read_once(inputs, cred, chain, &again, fail);

		if (!again || common->waited_ms >= SETTLE_MS)
			return good;
		if (!told)
			log_line(LOG_INFO,
			    "the files may be changing: reading them again "
			    "for up to %d seconds",
			    (SETTLE_MS - common->waited_ms) / 1000);
		nanosleep(&step, NULL);
		common->waited_ms += SETTLE_STEP_MS;
		chain_clear(chain);
		cred_clear(cred);
		fail->code = FAIL_NONE;
	}
}

/* --- missing issuers ------------------------------------------------------ */

static bool
complete(struct inputs *inputs, struct cred *cred, struct chain *chain,
    struct fail *fail)
{
	do {
		CLEANUP(buf_clear) struct buf missing = chain->missing;

		chain->missing = (struct buf){0};
		if (!inputs->cfg->fetch_chain ||
		    !issuers_fetch(
			&inputs->issuers, inputs->cfg, &missing, cred, fail))
			return false;
	} while (!chain_build(cred, &inputs->rules, chain, fail));
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
		    (read_settled(&inputs, common, &cred, chain, fail) ||
			complete(&inputs, &cred, chain, fail));

	if (!ossl_had_memory(fail) || !good)
		return false;
	for (size_t i = 0; i < chain->issuer_count; i++)
		cert_cache_add(&common->cache, chain->issuers[i]);
	log_lines(LOG_INFO, "", cfg_title(cfg), &chain->notes);
	log_lines(LOG_NOTE, "warning: ", cfg_title(cfg), &chain->warnings);
	return true;
}
