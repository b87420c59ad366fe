/* What the sandbox is told on its command line. */
#ifndef SANDBOX_OPTIONS_H
#define SANDBOX_OPTIONS_H

#include "base/fail.h"

#define OPTIONS_PLACES 16

/* A project or a region. */
struct options_place {
	int id;
	const char *name;
};

struct options {
	const char *api_key;
	const char *faults, *journal, *payload_dir, *cert, *key;
	int port, task_time_ms, secrets, tasks;
	int quota;     /* secrets per region; -1: none is set */
	int v1_status; /* of every create of the first version, or 0 */
	bool strict_bundle, serve, help, version;
	struct options_place projects[OPTIONS_PLACES], regions[OPTIONS_PLACES];
	int project_count, region_count;
};

/* Fill `options` from defaults, GCORE_API_KEY and argv. FAIL_USAGE. */
bool options_parse(struct options *options, int argc, char *argv[],
    struct fail *fail) MUST_CHECK;

void options_help(void);

#endif
