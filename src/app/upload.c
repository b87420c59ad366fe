#include "app/upload.h"

#include <string.h>

#include "app/inputs.h"
#include "app/secrets.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "deploy/job.h"
#include "gcore/place.h"
#include "net/run.h"
#include "pki/b64.h"
#include "pki/p12.h"

/* The store behind such APIs refuses longer payloads (in base64) unless its
 * operator raised the limit. */
#define USUAL_PAYLOAD 20000

/* What the steps share. */
struct session {
	const struct cfg *cfg;
	struct http *http;
	struct api api;
	struct run_options run;
	int64_t started_ms;
	const struct job *job; /* while it runs */
};

static void
session_clear(struct session *session)
{
	http_free(&session->http);
	api_clear(&session->api);
}

/* --- bundle --------------------------------------------------------------- */

static bool
make_bundle(const struct cfg *cfg, const struct chain *chain, int iterations,
    struct buf *der, struct fail *fail)
{
	if (!p12_encode(
		chain, (enum p12_style)cfg->pkcs12, iterations, der, fail) ||
	    !p12_verify(chain, der, fail))
		return false;
	if (b64_size(der->len) > USUAL_PAYLOAD)
		log_line(LOG_NOTE,
		    "warning: the bundle has %zu characters; the server may "
		    "refuse more than %d",
		    b64_size(der->len), USUAL_PAYLOAD);
	return true;
}

/* --check, --output */
static bool
check_only(
    const struct cfg *cfg, const struct chain *chain, struct result *result)
{
	CLEANUP(buf_clear) struct buf der = {0};
	int iterations = cfg->output == NULL ? P12_REHEARSAL : P12_ITERATIONS;

	if (!make_bundle(cfg, chain, iterations, &der, &result->fail))
		return false;
	if (cfg->output != NULL &&
	    !file_write(cfg->output, cfg->force, &der, &result->fail))
		return false;
	result->status = RESULT_CHECKED;
	return true;
}

static bool
make_payload(const struct cfg *cfg, struct chain *chain, struct buf *payload,
    struct fail *fail)
{
	CLEANUP(buf_clear) struct buf der = {0};

	if (!make_bundle(cfg, chain, P12_ITERATIONS, &der, fail) ||
	    !b64_encode(&der, payload, fail))
		return false;
	chain_drop_key(chain);
	return true;
}

/* --- network -------------------------------------------------------------- */

static bool
connect_to(struct session *session, struct fail *fail)
{
	const struct cfg *cfg = session->cfg;
	const char *url = cfg->api_url == NULL ? API_DEFAULT_URL : cfg->api_url;
	CLEANUP(buf_clear) struct buf key = {0};
	CLEANUP(buf_clear) struct buf authorization = {0};
	struct http_options options = {
	    .user_agent = CFG_USER_AGENT, .ca_file = cfg->ca_file};

	if (!http_check_url(url, fail) ||
	    !api_set_base(&session->api, url, fail) ||
	    !secrets_api_key(cfg->api_key_file, &key, fail) ||
	    !api_authorization(buf_text(&key), &authorization, fail))
		return false;
	options.authorization = buf_text(&authorization);
	session->http = http_new(&options, fail);
	return session->http != NULL;
}

static void
watch(void *data)
{
	const struct session *session = data;
	char doing[256] = "looking what is there";

	if (session->job != NULL)
		job_describe(session->job, doing, sizeof(doing));
	log_status("certupload: %s, %lld s", doing,
	    (long long)(clock_ms() - session->started_ms) / 1000);
}

static bool
run_one(struct session *session, const struct flow_ops *ops, void *self,
    struct fail *fail)
{
	struct flow flow = {ops, self};
	bool good = run_flows(session->http, &flow, 1, &session->run, fail);

	log_status("%s", "");
	return good;
}

static bool
find_place(struct session *session, struct fail *fail)
{
	CLEANUP(place_search_clear) struct place_search search;

	place_search_init(&search, &session->api, session->cfg->project,
	    session->cfg->region);
	if (!run_one(session, &place_flow, &search, fail))
		return false;
	*fail = search.fail;
	return fail->code == FAIL_NONE;
}

/* Look what is there and decide. */
static bool
plan(struct session *session, const struct plan_want *want,
    struct result *result)
{
	CLEANUP(inventory_clear) struct inventory inventory;
	struct plan_have have = {&inventory.tasks, &inventory.secrets, -1};

	inventory_init(&inventory, &session->api);
	if (!run_one(session, &inventory_flow, &inventory, &result->fail))
		return false;
	result->fail = inventory.fail;
	have.now = inventory.date;
	return result->fail.code == FAIL_NONE &&
	       plan_make(want, &have, &result->plan, &result->fail);
}

static bool
carry_out(struct session *session, struct chain *chain,
    const struct plan_want *want, struct result *result)
{
	struct secret_draft draft = {
	    .algorithm = chain->algorithm, .bit_length = chain->bits};
	CLEANUP(buf_clear) struct buf payload = {0};
	CLEANUP(job_clear) struct job job = {0};
	bool ran;

	if (!make_payload(session->cfg, chain, &payload, &result->fail))
		return false;
	job_init(&job, &session->api, want, &result->plan, &draft, &payload);
	session->job = &job;
	ran = run_one(session, &job_flow, &job, &result->fail);
	session->job = NULL;
	if (!ran)
		return false;
	memcpy(result->task, job.task, sizeof(result->task));
	if (job.state != JOB_DONE) {
		result->fail = job.fail;
		return false;
	}
	memcpy(result->secret, job.secret, sizeof(result->secret));
	result->status = job.created ? RESULT_CREATED : RESULT_PRESENT;
	return true;
}

static bool
upload(const struct cfg *cfg, struct chain *chain, struct result *result)
{
	CLEANUP(session_clear)
	struct session session = {.cfg = cfg, .started_ms = clock_ms()};
	struct plan_want want = {
	    .name = cfg->name != NULL ? cfg->name : chain->name,
	    .not_after = chain->not_after};

	session.run = (struct run_options){
	    .deadline_ms = session.started_ms + (int64_t)cfg->timeout * 1000,
	    .at_once = 1,
	    .watch = watch,
	    .data = &session,
	};
	memcpy(want.fingerprint, chain->fingerprint, sizeof(want.fingerprint));
	if (!plan_name(&want, result->plan.name, &result->fail) ||
	    !connect_to(&session, &result->fail) ||
	    !run_catch_signals(&result->fail) ||
	    !find_place(&session, &result->fail) ||
	    !plan(&session, &want, result))
		return false;
	if (result->plan.action == PLAN_REUSE) {
		memcpy(result->secret, result->plan.id, sizeof(result->secret));
		result->status = RESULT_PRESENT;
	} else if (cfg->dry_run) {
		result->status = RESULT_PLANNED;
	} else {
		return carry_out(&session, chain, &want, result);
	}
	return true;
}

bool
upload_all(const struct cfg *cfg, struct chain *chain, struct result *result)
{
	bool good;

	*result = (struct result){.status = RESULT_FAILED};
	*chain = (struct chain){0};
	good =
	    inputs_read(cfg, chain, &result->fail) &&
	    (cfg->check || cfg->output != NULL ? check_only(cfg, chain, result)
					       : upload(cfg, chain, result));
	chain_drop_key(chain);
	return good;
}
