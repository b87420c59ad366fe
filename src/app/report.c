#include "app/report.h"

bool
report_write(const struct cfg *cfg, const struct unit *units, size_t count,
    struct buf *out, struct fail *fail)
{
	return cfg->json ? report_json(cfg, units, count, out, fail)
			 : report_text(cfg, units, count, out, fail);
}
