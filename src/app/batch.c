#include "app/batch.h"

#include <string.h>

#include "app/secrets.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "net/url.h"

static bool
find_targets(struct batch *batch, const char *url, struct fail *fail)
{
	struct target_list *list = &batch->targets;

	for (size_t i = 0; i < batch->count; i++)
		if (!target_add(list, batch->deployments[i].cfg->project,
			batch->deployments[i].cfg->region))
			return fail_memory(fail);
	for (size_t i = 0; i < batch->count; i++) {
		struct deployment *deployment = &batch->deployments[i];

		deployment->target = target_find(
		    list, deployment->cfg->project, deployment->cfg->region);
	}
	for (size_t i = 0; i < list->count; i++) {
		if (!api_set_base(&list->items[i].api, url, fail))
			return false;
	}
	return true;
}

bool
batch_connect(struct batch *batch, struct fail *fail)
{
	const struct cfg *cfg = batch->cfg;
	const char *url = cfg->api_url == NULL ? API_DEFAULT_URL : cfg->api_url;
	CLEANUP(buf_clear) struct buf key = {0};
	CLEANUP(buf_clear) struct buf authorization = {0};
	struct http_options options = {
	    .user_agent = CFG_USER_AGENT, .ca_file = cfg->ca_file};

	if (!url_check(url, fail) || !find_targets(batch, url, fail) ||
	    !secrets_api_key(cfg->api_key_file, &key, fail) ||
	    !api_authorization(buf_text(&key), &authorization, fail))
		return false;
	options.authorization = buf_text(&authorization);
	batch->http = http_new(&options, fail);
	return batch->http != NULL;
}

void
batch_clear(struct batch *batch)
{
	http_free(&batch->http);
	target_list_clear(&batch->targets);
}

bool
batch_flows_make(struct batch_flows *flows, size_t most, struct fail *fail)
{
	flows->items = mem_calloc(most == 0 ? 1 : most, sizeof(*flows->items));
	return flows->items != NULL || fail_memory(fail);
}

void
batch_flows_add(
    struct batch_flows *flows, const struct flow_ops *ops, void *self)
{
	flows->items[flows->count++] = (struct flow){ops, self};
}

void
batch_flows_clear(struct batch_flows *flows)
{
	mem_free(flows->items);
}

/* --- progress ------------------------------------------------------------- */

/* The only certificate, or the only one that is not done. */
static const struct deployment *
only_one(const struct batch *batch, size_t *open)
{
	const struct deployment *only = NULL;

	*open = 0;
	for (size_t i = 0; i < batch->count; i++) {
		const struct deployment *deployment = &batch->deployments[i];

		if (deployment->create != NULL &&
		    create_has_ended(deployment->create))
			continue;
		if (!deployment_is_open(deployment))
			continue;
		only = deployment;
		++*open;
	}
	return *open == 1 ? only : NULL;
}

static void
watch(void *data)
{
	const struct batch *batch = data;
	char doing[256];
	size_t open;
	const struct deployment *only = only_one(batch, &open);
	long long seconds = (clock_ms() - batch->started_ms) / 1000;

	snprintf(doing, sizeof(doing), "%s", batch->doing);
	if (only != NULL && only->create != NULL)
		create_describe(only->create, doing, sizeof(doing));
	if (batch->count == 1)
		log_status("certupload: %s, %lld s", doing, seconds);
	else
		log_status("certupload: %zu of %zu done, %s, %lld s",
		    batch->count - open, batch->count, doing, seconds);
}

bool
batch_run(struct batch *batch, const struct batch_flows *flows,
    const char *doing, int64_t deadline_ms, struct fail *fail)
{
	struct run_options options = {
	    .deadline_ms = deadline_ms,
	    .at_once = (size_t)batch->cfg->at_once,
	    .watch = watch,
	    .data = batch,
	};
	bool good;

	if (flows->count == 0)
		return true;
	batch->doing = doing;
	good =
	    run_flows(batch->http, flows->items, flows->count, &options, fail);
	log_status("%s", "");
	return good;
}

size_t
batch_count(const struct batch *batch, const struct target *target,
    bool (*is)(const struct deployment *deployment))
{
	size_t count = 0;

	for (size_t i = 0; i < batch->count; i++)
		count += (target == NULL ||
			     batch->deployments[i].target == target) &&
			 is(&batch->deployments[i]);
	return count;
}

bool
batch_run_targets(
    struct batch *batch, const struct batch_step *step, struct fail *fail)
{
	const struct target_list *list = &batch->targets;
	CLEANUP(batch_flows_clear) struct batch_flows flows = {0};
	CLEANUP(mem_freep)
	struct batch_target *at = mem_calloc(list->count + 1, sizeof(*at));

	if (at == NULL)
		return fail_memory(fail);
	if (!batch_flows_make(&flows, list->count, fail))
		return false;
	for (size_t i = 0; i < list->count; i++) {
		at[i] = (struct batch_target){batch, &list->items[i]};
		if (step->wants(&at[i]))
			flows.items[flows.count++] = step->begin(&at[i]);
	}
	return batch_run(batch, &flows, step->doing, batch->deadline_ms, fail);
}

struct flow
batch_look(struct batch_target *at, enum inventory_scope scope,
    bool (*enough)(void *data, const struct inventory_poll *poll))
{
	struct inventory_poll *poll = &at->target->poll;

	inventory_poll_clear(poll);
	inventory_poll_init(poll, &at->target->api, scope, enough, at);
	return (struct flow){&inventory_poll_flow, poll};
}

void
batch_fail_target(
    struct batch *batch, struct target *target, const struct fail *why)
{
	if (why->code == FAIL_NONE)
		return;
	target->fail = *why;
	for (size_t i = 0; i < batch->count; i++)
		if (batch->deployments[i].target == target &&
		    deployment_is_open(&batch->deployments[i]))
			deployment_fail(&batch->deployments[i], why);
}
