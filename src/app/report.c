#include "app/report.h"

static const struct format {
	size_t flag; /* of struct cfg, which asks for it */
	bool (*run)(const struct deployment *deployments, size_t count,
	    struct buf *out, struct fail *fail);
	bool (*status)(const struct cfg *cfg, const struct status *status,
	    struct buf *out, struct fail *fail);
} formats[] = {
    {offsetof(struct cfg, json), report_json, report_json_status},
    {0, report_text, report_text_status}, /* when no other is asked for */
};

static const struct format *
format_of(const struct cfg *cfg)
{
	const struct format *format = formats;

	while (format < &formats[COUNTOF(formats) - 1] &&
	       !*(const bool *)((const char *)cfg + format->flag))
		format++;
	return format;
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
