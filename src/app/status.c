#include "app/status.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "deploy/versions.h"

/* What the steps share. */
struct making {
	const struct batch *batch;
	int64_t now;
	struct status *status;
	struct fail *fail;
};

void
status_clear(struct status *status)
{
	for (size_t i = 0; i < status->count; i++) {
		mem_free(status->items[i].uses);
		buf_clear(&status->items[i].why);
	}
	mem_free(status->items);
	*status = (struct status){0};
}

bool
status_needs_attention(const struct status *status)
{
	for (size_t i = 0; i < status->count; i++)
		if (status->items[i].why.len > 0)
			return true;
	return false;
}

/* --- rows ----------------------------------------------------------------- */

/* NULL without memory. */
static struct status_row *
add_row(struct making *making, const struct target *target)
{
	struct status *status = making->status;
	struct status_row *row;

	if (!array_grow(
		&status->items, status->count, &status->cap, sizeof(*row))) {
		fail_memory(making->fail);
		return NULL;
	}
	row = &status->items[status->count++];
	*row = (struct status_row){
	    .project = target->api.project, .region = target->api.region};
	return row;
}

static unsigned
parts_of(const struct referrer *referrer, const char *secret)
{
	const struct references *has = &referrer->has;
	bool is_pool = referrer->kind == REFERRER_POOL;
	unsigned as = 0;

	if (strcmp(has->secret, secret) == 0)
		as |= is_pool ? STATUS_MEMBERS : STATUS_DEFAULT;
	if (id_list_contains(&has->sni, secret))
		as |= STATUS_SNI;
	if (strcmp(has->ca, secret) == 0)
		as |= STATUS_CA;
	if (strcmp(has->crl, secret) == 0)
		as |= STATUS_CRL;
	return as;
}

static void
clean(char *to, size_t size, const char *from)
{
	text_clean(to, size, from, strlen(from));
}

static void
set_use(struct status_use *use, const struct inventory *inventory,
    const struct referrer *referrer, unsigned as)
{
	const struct balancer_list *list = &inventory->balancers;

	*use = (struct status_use){.kind = referrer->kind, .as = as};
	memcpy(use->id, referrer->id, sizeof(use->id));
	memcpy(use->balancer_id, referrer->balancer, sizeof(use->balancer_id));
	clean(use->name, sizeof(use->name), referrer->name);
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->items[i].id, referrer->balancer) == 0)
			clean(use->balancer, sizeof(use->balancer),
			    list->items[i].name);
}

/* Where the row's secret is used. */
static bool
add_uses(struct making *making, struct status_row *row,
    const struct inventory *inventory)
{
	const struct referrer_list *list = &inventory->referrers;
	size_t most = 0;

	for (size_t i = 0; i < list->count; i++)
		most += parts_of(&list->items[i], row->id) != 0;
	if (most == 0)
		return true;
	if ((row->uses = mem_calloc(most, sizeof(*row->uses))) == NULL)
		return fail_memory(making->fail);
	for (size_t i = 0; i < list->count; i++) {
		unsigned as = parts_of(&list->items[i], row->id);

		if (as != 0)
			set_use(&row->uses[row->use_count++], inventory,
			    &list->items[i], as);
	}
	return true;
}

/* --- ends ----------------------------------------------------------------- */

/* When a secret's certificate ends, at the latest: the last second of the day
 * in its name. */
static int64_t
end_of(const char *name)
{
	struct plan_version version;
	struct tm tm = {0};

	if (!plan_name_parse(name, &version) ||
	    sscanf(version.day, "%4d%2d%2d", &tm.tm_year, &tm.tm_mon,
		&tm.tm_mday) != 3)
		return -1;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	return (int64_t)timegm(&tm) + CLOCK_DAY - 1;
}

/* Whole days between the two, but -1 for an end earlier today. */
static void
set_days(struct status_row *row, int64_t now, int64_t end)
{
	row->is_dated = true;
	row->days = (int)(end / CLOCK_DAY - now / CLOCK_DAY);
	if (end < now && row->days == 0)
		row->days = -1;
}

/* Nobody should be served what has expired. */
static bool
judge_use(struct making *making, struct status_row *row)
{
	if (row->days >= 0 || row->use_count == 0)
		return true;
	return buf_printf(
	    &row->why, making->fail, "has expired, and is in use\n");
}

static bool
judge_end(struct making *making, struct status_row *row, bool is_short)
{
	if (row->days < 0 && row->use_count == 0)
		return buf_printf(
		    &row->why, making->fail, "the files have expired\n");
	if (row->days < 0 || !is_short)
		return judge_use(making, row);
	return buf_printf(&row->why, making->fail,
	    "ends in %d days, --min-days wants %d\n", row->days,
	    row->cfg->min_days);
}

/* --- what the files hold -------------------------------------------------- */

/* Add "create" or "switch 2 listeners" to the list of them. */
static void also(char *text, size_t size, const char *format, ...)
    PRINTF_LIKE(3, 4);

static void
also(char *text, size_t size, const char *format, ...)
{
	size_t len = strlen(text);
	va_list values;

	if (len > 0)
		len += (size_t)snprintf(text + len, size - len, " and ");
	va_start(values, format);
	vsnprintf(text + len, size - len, format, values);
	va_end(values);
}

static void
tell_would(
    const struct deployment *deployment, bool is_short, char *text, size_t size)
{
	const struct rollout *rollout = &deployment->rollout;
	size_t pools = 0, listeners;

	for (size_t i = 0; i < rollout->change_count; i++)
		pools += rollout->changes[i].kind == REFERRER_POOL;
	listeners = rollout->change_count - pools;
	if (is_short)
		also(text, size, "refuse the files");
	else if (deployment->result.fail.code != FAIL_NONE)
		also(text, size, "fail");
	if (text[0] != '\0')
		return;
	if (deployment->result.plan.action == PLAN_WAIT)
		also(text, size, "wait for another create");
	if (deployment->result.secret[0] == '\0')
		also(text, size, "create");
	if (listeners > 0)
		also(text, size, "switch %zu listener%s", listeners,
		    listeners == 1 ? "" : "s");
	if (pools > 0)
		also(text, size, "switch %zu pool%s", pools,
		    pools == 1 ? "" : "s");
	if (rollout->had_surplus)
		also(text, size, "delete old versions");
	if (text[0] == '\0')
		also(text, size, "nothing");
}

static bool
judge_served(struct making *making, struct status_row *row,
    const struct deployment *deployment)
{
	for (size_t i = 0; i < deployment->rollout.probe_count; i++) {
		const struct fail *fail = &deployment->rollout.probes[i].fail;

		if (row->served == STATUS_NOT_ASKED)
			row->served = STATUS_SERVED;
		if (fail->code == FAIL_NONE)
			continue;
		if (fail->code == FAIL_INTERNAL) {
			*making->fail = *fail;
			return false;
		}
		row->served = STATUS_UNSERVED;
		if (!buf_printf(&row->why, making->fail, "%s\n", fail->text))
			return false;
	}
	return true;
}

/* The deployment could be read, and so could its place. */
static bool
describe(struct making *making, struct status_row *row,
    const struct deployment *deployment)
{
	int64_t end = deployment->want.not_after;
	bool is_short =
	    end - making->now < (int64_t)deployment->cfg->min_days * CLOCK_DAY;

	row->state = deployment->result.secret[0] == '\0' ? STATUS_MISSING
							  : STATUS_CURRENT;
	memcpy(row->id, deployment->result.secret, sizeof(row->id));
	memcpy(row->name, deployment->result.plan.name, sizeof(row->name));
	set_days(row, making->now, end);
	tell_would(deployment, is_short, row->would, sizeof(row->would));
	return (row->id[0] == '\0' ||
		   add_uses(
		       making, row, &deployment->target->poll.inventory)) &&
	       (row->state == STATUS_CURRENT ||
		   buf_printf(&row->why, making->fail, "is not uploaded\n")) &&
	       judge_end(making, row, is_short) &&
	       judge_served(making, row, deployment);
}

static bool
add_why(struct making *making, struct status_row *row, const struct fail *fail)
{
	if (fail->code == FAIL_NONE)
		return true;
	if (row->fail.code == FAIL_NONE)
		row->fail = *fail;
	else if (strcmp(row->fail.text, fail->text) == 0)
		return true;
	return buf_printf(&row->why, making->fail, "%s\n", fail->text);
}

static bool
is_read(const struct deployment *deployment)
{
	return deployment->result.plan.name[0] != '\0' &&
	       deployment->target->fail.code == FAIL_NONE;
}

static bool
add_deployment(struct making *making, const struct deployment *deployment)
{
	struct status_row *row = add_row(making, deployment->target);

	if (row == NULL)
		return false;
	row->cfg = deployment->cfg;
	row->state = STATUS_FAILED;
	return (!is_read(deployment) || describe(making, row, deployment)) &&
	       add_why(making, row, &deployment->result.fail) &&
	       add_why(making, row, &deployment->target->fail);
}

/* --- other secrets -------------------------------------------------------- */

/* Secrets, to be sorted. */
struct picks {
	const struct secret **items;
	size_t count;
};

static void
picks_clear(struct picks *picks)
{
	mem_free(picks->items);
}

/* Is it in a row already, or will it be as what some files hold? */
static bool
is_told(const struct making *making, const struct secret *secret)
{
	const struct batch *batch = making->batch;
	const struct status *status = making->status;

	for (size_t i = 0; i < batch->count; i++)
		if (strcmp(batch->deployments[i].result.secret, secret->id) ==
		    0)
			return true;
	for (size_t i = 0; i < status->count; i++)
		if (strcmp(status->items[i].id, secret->id) == 0)
			return true;
	return false;
}

static int
compare(const void *a, const void *b)
{
	return version_order(
	    *(const struct secret *const *)a, *(const struct secret *const *)b);
}

/* Those of `lineage`, or NULL: all of our naming. */
static bool
pick(struct making *making, const struct target *target, const char *lineage,
    struct picks *picks)
{
	const struct secret_list *list = &target->known;

	picks->items = mem_calloc(list->count + 1, sizeof(*picks->items));
	if (picks->items == NULL)
		return fail_memory(making->fail);
	for (size_t i = 0; i < list->count; i++) {
		const struct secret *secret = &list->items[i];
		struct plan_version version;

		if (plan_name_parse(secret->name, &version) &&
		    (lineage == NULL || strcmp(version.name, lineage) == 0) &&
		    !is_told(making, secret))
			picks->items[picks->count++] = secret;
	}
	qsort(picks->items, picks->count, sizeof(*picks->items), compare);
	return true;
}

static bool
add_secret(struct making *making, const struct target *target,
    const struct secret *secret, enum status_state state)
{
	struct status_row *row = add_row(making, target);

	if (row == NULL)
		return false;
	row->state = state;
	memcpy(row->id, secret->id, sizeof(row->id));
	memcpy(row->name, secret->name, sizeof(row->name));
	set_days(row, making->now, end_of(row->name));
	return add_uses(making, row, &target->poll.inventory) &&
	       judge_use(making, row);
}

static enum status_state
state_of(const struct deployment *deployment, const struct secret *secret,
    const struct id_list *older)
{
	if (strcmp(secret->name, deployment->result.plan.name) == 0)
		return STATUS_SAME;
	return id_list_contains(older, secret->id) ? STATUS_OLDER
						   : STATUS_NEWER;
}

/* The other versions of what a deployment's files hold. */
static bool
add_versions(struct making *making, const struct deployment *deployment)
{
	CLEANUP(picks_clear) struct picks picks = {0};
	CLEANUP(id_list_clear) struct id_list older = {0};
	const struct target *target = deployment->target;

	if (!pick(making, target, deployment->want.name, &picks))
		return false;
	if (!versions_older(&target->known, deployment->result.plan.name,
		deployment->result.secret, deployment->want.not_before, &older))
		return fail_memory(making->fail);
	for (size_t i = 0; i < picks.count; i++) {
		enum status_state state =
		    state_of(deployment, picks.items[i], &older);
		struct status_row *row;

		if (!add_secret(making, target, picks.items[i], state))
			return false;
		row = &making->status->items[making->status->count - 1];
		if (state == STATUS_OLDER && row->use_count > 0 &&
		    deployment->result.secret[0] != '\0' &&
		    !buf_printf(&row->why, making->fail,
			"is in use, though a newer version is there\n"))
			return false;
	}
	return true;
}

static bool
add_others(struct making *making, const struct target *target)
{
	CLEANUP(picks_clear) struct picks picks = {0};

	if (!pick(making, target, NULL, &picks))
		return false;
	for (size_t i = 0; i < picks.count; i++)
		if (!add_secret(making, target, picks.items[i], STATUS_OTHER))
			return false;
	return true;
}

/* --- the whole ------------------------------------------------------------ */

/* Some places that cannot be seen are told in rows; all of them, in `fail`. */
static void
sum_up(const struct target_list *list, struct status *status)
{
	struct fail fail = {0};

	for (size_t i = 0; i < list->count; i++) {
		struct result result = {
		    .status = RESULT_FAILED, .fail = list->items[i].fail};

		if (result.fail.code == FAIL_NONE)
			return;
		result.fail.code = result_summary(fail.code, &result);
		fail = result.fail;
	}
	status->fail = fail;
}

bool
status_make(const struct batch *batch, int64_t now, struct status *status,
    struct fail *fail)
{
	struct making making = {batch, now, status, fail};

	for (size_t i = 0; i < batch->count; i++)
		if (!add_deployment(&making, &batch->deployments[i]) ||
		    (is_read(&batch->deployments[i]) &&
			!add_versions(&making, &batch->deployments[i])))
			return false;
	for (size_t i = 0; i < batch->targets.count; i++)
		if (!add_others(&making, &batch->targets.items[i]))
			return false;
	sum_up(&batch->targets, status);
	return true;
}
