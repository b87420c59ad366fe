/* Command line and environment -> lines, not yet set. */
#ifndef APP_CFG_ARGS_H
#define APP_CFG_ARGS_H

#include <stdio.h>

#include "app/cfg_line.h"

/* The arguments that are no options. */
struct cfg_names {
	char *const *items; /* in argv */
	size_t count;
};

/*
 * Read the options into the empty `lines`, in their order, and point `names`
 * at the other arguments, which getopt_long has moved to the end of `argv`.
 * FAIL_USAGE for an option that is unknown, or lacks its value.
 */
bool cfg_args_read(int argc, char *const argv[], struct cfg_lines *lines,
    struct cfg_names *names, struct fail *fail) MUST_CHECK;

/* Add the variables of `env` ("NAME=value", NULL-terminated) that settings
 * have. An empty one counts as none: unit files and CI often set such. */
bool cfg_env_read(
    char *const env[], struct cfg_lines *lines, struct fail *fail) MUST_CHECK;

/* The help text: every option, grouped, on one screen. */
void cfg_help(FILE *out);

#endif
