#include "app/report.h"

#include <string.h>

static const struct format {
	const char *name;
	bool (*run)(const struct deployment *deployments, size_t count,
	    struct buf *out, struct fail *fail);
	bool (*status)(const struct cfg *cfg, const struct status *status,
	    struct buf *out, struct fail *fail);
} formats[] = {
    {"text", report_text, report_text_status},
    {"json", report_json, report_json_status},
};

static const struct format *
format_of(const struct cfg *cfg)
{
	const char *name = cfg->json ? "json" : "text";
	size_t i = 0;

	while (strcmp(formats[i].name, name) != 0)
		i++;
	return &formats[i];
}

bool
report_write(const struct cfg *cfg, const struct deployment *deployments,
    size_t count, struct buf *out, struct fail *fail)
{
	return format_of(cfg)->run(deployments, count, out, fail);
}

bool
report_status(const struct cfg *cfg, const struct status *status,
    struct buf *out, struct fail *fail)
{
	return format_of(cfg)->status(cfg, status, out, fail);
}
