#include "app/unit.h"

#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "pki/b64.h"
#include "pki/p12.h"
#include "pki/pemout.h"

/* The store behind such APIs refuses longer payloads (in base64) unless its
 * operator raised the limit. */
#define USUAL_PAYLOAD 20000

/* --- files ---------------------------------------------------------------- */

bool
unit_read(struct unit *unit, struct inputs_common *common)
{
	struct result *result = &unit->result;
	struct chain *chain = &unit->chain;

	*result = (struct result){.status = RESULT_FAILED};
	/* What goes back need not be in the files. */
	if (unit->cfg->rollback && unit->cfg->name != NULL) {
		unit->want.name = unit->cfg->name;
		return true;
	}
	if (!inputs_read(unit->cfg, common, chain, &result->fail))
		return false;
	unit->want = (struct plan_want){
	    .name = unit->cfg->name != NULL ? unit->cfg->name : chain->name,
	    .not_after = chain->not_after,
	    .not_before = chain->not_before};
	memcpy(unit->want.fingerprint, chain->fingerprint,
	    sizeof(unit->want.fingerprint));
	return true;
}

/* --- bundle --------------------------------------------------------------- */

static bool
make_p12(
    const struct unit *unit, int iterations, struct buf *der, struct fail *fail)
{
	enum p12_style style = (enum p12_style)unit->cfg->pkcs12;

	if (!p12_make(&unit->chain, style, iterations, der, fail))
		return false;
	if (b64_size(der->len) > USUAL_PAYLOAD)
		log_line(LOG_NOTE,
		    "warning: the bundle has %zu characters; the server may "
		    "refuse more than %d",
		    b64_size(der->len), USUAL_PAYLOAD);
	return true;
}

void
unit_check(struct unit *unit)
{
	const struct cfg *cfg = unit->cfg;
	struct result *result = &unit->result;
	CLEANUP(buf_clear) struct buf der = {0};
	int iterations = cfg->output == NULL ? P12_REHEARSAL : P12_ITERATIONS;
	bool good = make_p12(unit, iterations, &der, &result->fail) &&
		    (cfg->output == NULL || file_write(cfg->output, cfg->force,
						&der, &result->fail));

	chain_drop_key(&unit->chain);
	if (good)
		result->status = RESULT_CHECKED;
}

static bool
make_pem(
    const struct unit *unit, struct create_bundle *bundle, struct fail *fail)
{
	struct pemout out = {0};
	bool good = pemout_make(&unit->chain, &out, fail);

	bundle->certificate = out.leaf;
	bundle->private_key = out.key;
	bundle->chain = out.issuers;
	return good;
}

/* What a create sends. */
static bool
make_bundle(void *data, enum api_version version, struct create_bundle *bundle,
    struct fail *fail)
{
	struct unit *unit = data;
	CLEANUP(buf_clear) struct buf der = {0};

	bundle->algorithm = unit->chain.algorithm;
	bundle->bits = unit->chain.bits;
	if (version == API_V2)
		return make_pem(unit, bundle, fail);
	return make_p12(unit, P12_ITERATIONS, &der, fail) &&
	       b64_encode(&der, &bundle->payload, fail);
}

/* No bundle follows. The certificates, which take several MiB where there are
 * a thousand, are wanted for a proof and the JSON report alone. */
static void
release(void *data)
{
	struct unit *unit = data;

	chain_drop_key(&unit->chain);
	if (!unit->cfg->json && unit->cfg->verify.count == 0)
		chain_drop_certs(&unit->chain);
}

/* --- plan and create ------------------------------------------------------ */

void
unit_plan(struct unit *unit)
{
	const struct inventory *inventory = &unit->target->poll.inventory;
	struct plan_have have = {
	    &inventory->tasks, &inventory->secrets, inventory->date};
	struct result *result = &unit->result;

	result->fail = (struct fail){0};
	if (!plan_make(&unit->want, &have, &result->plan, &result->fail))
		return;
	if (result->plan.action == PLAN_REUSE) {
		memcpy(result->secret, result->plan.id, sizeof(result->secret));
		result->status = RESULT_PRESENT;
		release(unit);
	} else if (cfg_is_look(unit->cfg)) {
		result->status = RESULT_PLANNED;
	}
}

bool
unit_is_open(const struct unit *unit)
{
	return unit->result.status == RESULT_FAILED &&
	       unit->result.fail.code == FAIL_NONE;
}

void
unit_begin(struct unit *unit, struct create *create, enum api_version *version)
{
	struct create_options options = {
	    .api = &unit->target->api,
	    .want = unit->want,
	    .version = version,
	    .make = make_bundle,
	    .release = release,
	    .data = unit,
	    .fail = &unit->result.fail,
	    .monitor = unit->target->monitor_on ? &unit->target->monitor : NULL,
	};

	unit->create = create;
	create_init(create, &options, unit->result.plan.name);
}

void
unit_end(struct unit *unit)
{
	struct result *result = &unit->result;
	struct create *create = unit->create;

	memcpy(result->task, create->task, sizeof(result->task));
	memcpy(result->secret, create->secret, sizeof(result->secret));
	result->lost = create->lost;
	if (create->state == CREATE_DONE)
		result->status =
		    create->created ? RESULT_CREATED : RESULT_PRESENT;
	create_clear(create);
	unit->create = NULL;
}

void
unit_fail(struct unit *unit, const struct fail *why)
{
	unit->result.status = RESULT_FAILED;
	unit->result.fail = *why;
	release(unit);
}

void
unit_clear(struct unit *unit)
{
	chain_clear(&unit->chain);
	rollout_clear(&unit->rollout);
}
