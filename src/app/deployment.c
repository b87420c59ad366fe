#include "app/deployment.h"

#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "deploy/versions.h"
#include "pki/b64.h"
#include "pki/p12.h"
#include "pki/pemout.h"

/* The store behind such APIs refuses longer payloads (in base64) unless its
 * operator raised the limit. */
#define USUAL_PAYLOAD 20000

/* --- files ---------------------------------------------------------------- */

bool
deployment_read(struct deployment *deployment, struct inputs_common *common)
{
	struct result *result = &deployment->result;
	struct chain *chain = &deployment->chain;

	*result = (struct result){.status = RESULT_FAILED};
	/* What goes back need not be in the files. */
	if (deployment->cfg->rollback && deployment->cfg->name != NULL) {
		deployment->want.name = deployment->cfg->name;
		return true;
	}
	if (!inputs_read(deployment->cfg, common, chain, &result->fail))
		return false;
	deployment->want = (struct plan_want){
	    .name = deployment->cfg->name != NULL ? deployment->cfg->name
						  : chain->name,
	    .not_after = chain->not_after,
	    .not_before = chain->not_before};
	memcpy(deployment->want.fingerprint, chain->fingerprint,
	    sizeof(deployment->want.fingerprint));
	return true;
}

/* --- bundle --------------------------------------------------------------- */

static bool
make_p12(const struct deployment *deployment, int iterations, struct buf *der,
    struct fail *fail)
{
	enum p12_style style = (enum p12_style)deployment->cfg->pkcs12;

	if (!p12_make(&deployment->chain, style, iterations, der, fail))
		return false;
	if (b64_size(der->len) > USUAL_PAYLOAD)
		log_line(LOG_NOTE,
		    "warning: the bundle has %zu characters; the server may "
		    "refuse more than %d",
		    b64_size(der->len), USUAL_PAYLOAD);
	return true;
}

void
deployment_check(struct deployment *deployment)
{
	const struct cfg *cfg = deployment->cfg;
	struct result *result = &deployment->result;
	CLEANUP(buf_clear) struct buf der = {0};
	int iterations = cfg->output == NULL ? P12_REHEARSAL : P12_ITERATIONS;
	bool good = make_p12(deployment, iterations, &der, &result->fail) &&
		    (cfg->output == NULL || file_write(cfg->output, cfg->force,
						&der, &result->fail));

	chain_drop_key(&deployment->chain);
	if (good)
		result->status = RESULT_CHECKED;
}

static bool
make_pem(const struct deployment *deployment, struct create_bundle *bundle,
    struct fail *fail)
{
	struct pemout out = {0};
	bool good = pemout_make(&deployment->chain, &out, fail);

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
	struct deployment *deployment = data;
	CLEANUP(buf_clear) struct buf der = {0};

	bundle->algorithm = deployment->chain.algorithm;
	bundle->bits = deployment->chain.bits;
	if (version == API_V2)
		return make_pem(deployment, bundle, fail);
	return make_p12(deployment, P12_ITERATIONS, &der, fail) &&
	       b64_encode(&der, &bundle->payload, fail);
}

/* No bundle follows. The certificates, which take several MiB where there are
 * a thousand, are wanted for a proof and the JSON report alone. */
static void
release(void *data)
{
	struct deployment *deployment = data;

	chain_drop_key(&deployment->chain);
	if (!deployment->cfg->json && deployment->cfg->verify.count == 0)
		chain_drop_certs(&deployment->chain);
}

/* --- plan and create ------------------------------------------------------ */

void
deployment_plan(struct deployment *deployment)
{
	const struct inventory *inventory = &deployment->target->poll.inventory;
	struct plan_have have = plan_have_of(inventory);
	struct result *result = &deployment->result;

	result->fail = (struct fail){0};
	if (!plan_make(&deployment->want, &have, &result->plan, &result->fail))
		return;
	if (result->plan.action == PLAN_REUSE) {
		memcpy(result->secret, result->plan.id, sizeof(result->secret));
		result->status = RESULT_PRESENT;
		release(deployment);
	} else if (cfg_is_look(deployment->cfg)) {
		result->status = RESULT_PLANNED;
	}
}

bool
deployment_is_open(const struct deployment *deployment)
{
	return deployment->result.status == RESULT_FAILED &&
	       deployment->result.fail.code == FAIL_NONE;
}

bool
deployment_is_good(const struct deployment *deployment)
{
	return deployment->result.status == RESULT_PRESENT ||
	       deployment->result.status == RESULT_CREATED;
}

bool
deployment_needs_create(const struct deployment *deployment)
{
	return deployment_is_open(deployment) && deployment->duplicate == NULL;
}

void
deployment_begin(struct deployment *deployment, struct create *create,
    enum api_version *version)
{
	struct create_options options = {
	    .api = &deployment->target->api,
	    .want = deployment->want,
	    .version = version,
	    .make = make_bundle,
	    .release = release,
	    .data = deployment,
	    .fail = &deployment->result.fail,
	    .monitor = deployment->target->monitor_on
			   ? &deployment->target->monitor
			   : NULL,
	};

	deployment->create = create;
	create_init(create, &options, deployment->result.plan.name);
}

void
deployment_end(struct deployment *deployment)
{
	struct result *result = &deployment->result;
	struct create *create = deployment->create;

	memcpy(result->task, create->wait.task, sizeof(result->task));
	memcpy(result->secret, create->secret, sizeof(result->secret));
	result->lost = create->lost;
	if (create->state == CREATE_DONE)
		result->status =
		    create->created ? RESULT_CREATED : RESULT_PRESENT;
	create_clear(create);
	deployment->create = NULL;
}

void
deployment_fail(struct deployment *deployment, const struct fail *why)
{
	deployment->result.status = RESULT_FAILED;
	deployment->result.fail = *why;
	release(deployment);
}

void
deployment_fail_rollout(
    struct deployment *deployment, const struct fail *why, bool back)
{
	deployment->result.status = RESULT_FAILED;
	deployment->result.fail = *why;
	deployment->rollout.back = back && !fail_is_signal(why->code);
}

bool
deployment_surplus(const struct deployment *deployment, struct id_list *surplus)
{
	struct versions_kept kept = {
	    .lineage = deployment->want.name,
	    .wanted = deployment->result.secret,
	    .older = &deployment->rollout.older,
	    .keep = (size_t)deployment->cfg->keep,
	};

	return versions_surplus(
	    &deployment->target->poll.inventory, &kept, surplus);
}

void
deployment_clear(struct deployment *deployment)
{
	chain_clear(&deployment->chain);
	rollout_clear(&deployment->rollout);
}
