/* Do values that are good by themselves fit together? Complaints name the
 * places of the values. */
#ifndef APP_CFG_FIT_H
#define APP_CFG_FIT_H

#include "app/cfg_line.h"
#include "app/cfg_sections.h"

/* The settings of the run, which are made of `layers`. FAIL_USAGE. */
bool cfg_fit_run(const struct cfg *run, const struct cfg_layers *layers,
    struct fail *fail) MUST_CHECK;

/* Those of a certificate. `section`, or NULL, is where it lacks what no line
 * gives. FAIL_USAGE. */
bool cfg_fit_cert(const struct cfg *cfg, const struct cfg_layers *layers,
    const struct cfg_section *section, struct fail *fail) MUST_CHECK;

/* The options, where they are for several certificates: one of them can read
 * standard input, and a file holds the bundle of one. FAIL_USAGE. */
bool cfg_fit_several(const struct cfg *given, struct fail *fail) MUST_CHECK;

#endif
