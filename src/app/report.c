#include "app/report.h"

bool
report_write(const struct cfg *cfg, const struct deployment *deployments,
    size_t count, struct buf *out, struct fail *fail)
{
	return cfg->json ? report_json(cfg, deployments, count, out, fail)
			 : report_text(cfg, deployments, count, out, fail);
}

bool
report_status(const struct cfg *cfg, const struct status *status,
    struct buf *out, struct fail *fail)
{
	bool is_empty = status->fail.code != FAIL_NONE ||
			(cfg->quiet && !status_needs_attention(status));

	if (cfg->json)
		return report_status_json(status, out, fail);
	return is_empty || report_table(status, out, fail);
}
