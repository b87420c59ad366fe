/* Results -> what is written to standard output. A format is one function
 * and one row in report.c. */
#ifndef APP_REPORT_H
#define APP_REPORT_H

#include "app/deployment.h"
#include "app/status.h"

/*
 * Write the report of all deployments, in their order, to `out`: for people, or
 * with cfg->json as a document (version 1, certupload(1) describes it).
 * FAIL_INTERNAL.
 */
bool report_write(const struct cfg *cfg, const struct deployment *deployments,
    size_t count, struct buf *out, struct fail *fail) MUST_CHECK;

/* The report of --status: a table, nothing with cfg->quiet while nothing needs
 * attention, or a document. FAIL_INTERNAL. */
bool report_status(const struct cfg *cfg, const struct status *status,
    struct buf *out, struct fail *fail) MUST_CHECK;

/* The formats. */
bool report_text(const struct cfg *cfg, const struct deployment *deployments,
    size_t count, struct buf *out, struct fail *fail) MUST_CHECK;
bool report_json(const struct cfg *cfg, const struct deployment *deployments,
    size_t count, struct buf *out, struct fail *fail) MUST_CHECK;
bool report_table(
    const struct status *status, struct buf *out, struct fail *fail) MUST_CHECK;
bool report_status_json(
    const struct status *status, struct buf *out, struct fail *fail) MUST_CHECK;

#endif
