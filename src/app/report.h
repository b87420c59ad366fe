/* Results -> what is written to standard output. A format is one file and one
 * row in report.c. */
#ifndef APP_REPORT_H
#define APP_REPORT_H

#include "app/deployment.h"
#include "app/status.h"

/* Write the report of all deployments, in their order, in the format that `cfg`
 * asks for, to `out`. FAIL_INTERNAL. */
bool report_write(const struct cfg *cfg, const struct deployment *deployments,
    size_t count, struct buf *out, struct fail *fail) MUST_CHECK;

/* The report of --status. FAIL_INTERNAL. */
bool report_status(const struct cfg *cfg, const struct status *status,
    struct buf *out, struct fail *fail) MUST_CHECK;

/* The text format: for --status a table, and nothing with cfg->quiet while
 * nothing needs attention. */
bool report_text(const struct deployment *deployments, size_t count,
    struct buf *out, struct fail *fail) MUST_CHECK;
bool report_text_status(const struct cfg *cfg, const struct status *status,
    struct buf *out, struct fail *fail) MUST_CHECK;

/* The JSON format: one document; certupload(1) describes its members. */
bool report_json(const struct deployment *deployments, size_t count,
    struct buf *out, struct fail *fail) MUST_CHECK;
bool report_json_status(const struct cfg *cfg, const struct status *status,
    struct buf *out, struct fail *fail) MUST_CHECK;

#endif
