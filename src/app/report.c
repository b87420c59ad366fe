#include "app/report.h"

bool
report_write(const struct cfg *cfg, const struct chain *chain,
    const struct result *result, struct buf *out, struct fail *fail)
{
	return cfg->json ? report_json(cfg, chain, result, out, fail)
			 : report_text(cfg, chain, result, out, fail);
}
