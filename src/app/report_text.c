#include <string.h>

#include "app/report.h"
#include "base/clock.h"
#include "base/text.h"

/* More names than this are counted, not shown. */
#define NAMES_SHOWN 10

static bool
write_names(const struct chain_info *info, struct buf *out, struct fail *fail)
{
	const char *rest = buf_text(&info->names), *line;
	unsigned count = 0;
	int len;

	while (text_line(&rest, &line, &len))
		if (count++ < NAMES_SHOWN &&
		    !buf_printf(out, fail, "%s%.*s",
			count == 1 ? "  names    " : ", ", len, line))
			return false;
	if (count > NAMES_SHOWN &&
	    !buf_printf(out, fail, " and %u more", count - NAMES_SHOWN))
		return false;
	return count == 0 || buf_append(out, "\n", 1, fail);
}

static bool
write_certificate(
    const struct chain *chain, size_t index, struct buf *out, struct fail *fail)
{
	CLEANUP(chain_info_clear) struct chain_info info = {0};
	char end[CLOCK_ISO_SIZE];

	if (!chain_describe(chain, index, &info, fail))
		return false;
	clock_iso(info.not_after, end);
	return buf_printf(out, fail,
		   "%s %s\n"
		   "  issuer   %s\n",
		   index == 0 ? "leaf  " : "issuer", info.subject,
		   info.issuer) &&
	       write_names(&info, out, fail) &&
	       buf_printf(out, fail,
		   "  key      %s\n"
		   "  expires  %s UTC, in %lld days\n"
		   "  serial   %s\n"
		   "  sha256   %s\n",
		   info.key, end,
		   (long long)(info.not_after - clock_wall()) / CLOCK_DAY,
		   info.serial, info.sha256);
}

/* What a server with this bundle sends. */
static bool
write_chain(const struct chain *chain, struct buf *out, struct fail *fail)
{
	const char *rest = buf_text(&chain->notes), *line;
	int len;

	for (size_t i = 0; i <= chain->issuer_count; i++)
		if (!write_certificate(chain, i, out, fail))
			return false;
	if (chain->verdict != PROOF_OFF &&
	    !buf_printf(out, fail, "chain  %s\n", proof_word(chain->verdict)))
		return false;
	while (text_line(&rest, &line, &len))
		if (!buf_printf(out, fail, "note   %.*s\n", len, line))
			return false;
	return true;
}

static bool
write_action(const struct plan *plan, struct buf *out, struct fail *fail)
{
	switch (plan->action) {
	case PLAN_WAIT:
		return buf_printf(out, fail,
		    "would wait for task %s, then create secret %s unless the "
		    "task made it\n",
		    plan->id, plan->name);
	case PLAN_CREATE:
		return buf_printf(
		    out, fail, "would create secret %s\n", plan->name);
	default:
		return buf_printf(out, fail, "secret %s is there as %s\n",
		    plan->name, plan->id);
	}
}

static bool
write_plan(
    const struct deployment *deployment, struct buf *out, struct fail *fail)
{
	const struct rollout *rollout = &deployment->rollout;

	if (!write_action(&deployment->result.plan, out, fail))
		return false;
	for (size_t i = 0; i < rollout->change_count; i++) {
		char what[MODEL_NAME_SIZE + 16], shown[4 * sizeof(what)];

		change_describe(&rollout->changes[i], what, sizeof(what));
		text_clean(shown, sizeof(shown), what, strlen(what));
		if (!buf_printf(out, fail, "would switch %s to it\n", shown))
			return false;
	}
	return true;
}

static bool
write_secret(const struct cfg *cfg, const struct result *result,
    struct buf *out, struct fail *fail)
{
	if (cfg->dry_run)
		return buf_printf(out, fail,
		    "nothing to do: secret %s is there as %s\n",
		    result->plan.name, result->secret);
	return buf_printf(out, fail, "%s\n", result->secret);
}

static bool
write_deployment(
    const struct deployment *deployment, struct buf *out, struct fail *fail)
{
	switch (deployment->result.status) {
	case RESULT_CHECKED:
		return write_chain(&deployment->chain, out, fail);
	case RESULT_PLANNED:
		return write_plan(deployment, out, fail);
	case RESULT_PRESENT:
	case RESULT_CREATED:
		return write_secret(
		    deployment->cfg, &deployment->result, out, fail);
	default:
		return true;
	}
}

/* Is there something to say that is not a failure? -q leaves the plan. */
static bool
is_shown(const struct deployment *deployment)
{
	switch (deployment->result.status) {
	case RESULT_FAILED:
	case RESULT_SKIPPED:
		return false;
	case RESULT_PLANNED:
		return true;
	default:
		return !deployment->cfg->quiet || deployment->cfg->dry_run;
	}
}

bool
report_text(const struct deployment *deployments, size_t count, struct buf *out,
    struct fail *fail)
{
	for (size_t i = 0; i < count; i++) {
		const char *title = cfg_title(deployments[i].cfg);

		if (!is_shown(&deployments[i]))
			continue;
		if (title[0] != '\0' && !buf_printf(out, fail, "%s: ", title))
			return false;
		if (!write_deployment(&deployments[i], out, fail))
			return false;
	}
	return true;
}
