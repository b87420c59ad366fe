#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The key of whoever names none. */
#define DEFAULT_API_KEY "sandbox"

enum type { FLAG, TEXT, NUMBER, STATUS, PROJECT, REGION };

#define AT(member) offsetof(struct options, member)

static const struct row {
	const char *name;
	enum type type;
	size_t at;
	const char *value, *help;
	int most;
} rows[] = {
    {"port", NUMBER, AT(port), "PORT", "on 127.0.0.1 (any free one)", 65535},
    {"cert", TEXT, AT(cert), "FILE", "speak TLS with this PEM certificate", 0},
    {"key", TEXT, AT(key), "FILE", "and this PEM key", 0},
    {"project", PROJECT, 0, "ID=NAME", "have this project (1=default)", 0},
    {"region", REGION, 0, "ID=NAME", "have this region (1=Sandbox-1)", 0},
    {"secrets", NUMBER, AT(secrets), "N", "have N foreign secrets", 100000},
    {"tasks", NUMBER, AT(tasks), "N", "have N foreign finished tasks", 100000},
    {"task-time", NUMBER, AT(task_time_ms), "MS",
	"from a create to its secret (1000)", 3600000},
    {"quota", NUMBER, AT(quota), "N", "let a region have N secrets", 100000},
    {"v1-status", STATUS, AT(v1_status), "N",
	"answer creates of v1 with 404, 405 or 410", 0},
    {"strict-bundle", FLAG, AT(strict_bundle), NULL,
	"fail tasks of unusable bundles", 0},
    {"serve", FLAG, AT(serve), NULL, "really serve TERMINATED_HTTPS listeners",
	0},
    {"faults", TEXT, AT(faults), "FILE", "misbehave by this script", 0},
    {"journal", TEXT, AT(journal), "FILE", "write requests as JSON lines", 0},
    {"payload-dir", TEXT, AT(payload_dir), "DIR",
	"write each secret to DIR/ID.p12", 0},
    {"help", FLAG, AT(help), NULL, "show this", 0},
    {"version", FLAG, AT(version), NULL, "show the version", 0},
};

static bool
number(const char *text, long least, long most, int *value)
{
	char *end;
	long n;

	errno = 0;
	n = strtol(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || n < least || n > most)
		return false;
	*value = (int)n;
	return true;
}

static bool
place(struct options_place *list, int *count, char *text)
{
	char *name = strchr(text, '=');

	if (name == NULL || name[1] == '\0' || *count == OPTIONS_PLACES)
		return false;
	*name = '\0';
	list[*count].name = name + 1;
	return number(text, 1, 1000000, &list[(*count)++].id);
}

static bool
set(struct options *options, const struct row *row, char *value,
    struct fail *fail)
{
	void *at = (char *)options + row->at;
	bool good = true;

	switch (row->type) {
	case FLAG:
		*(bool *)at = true;
		break;
	case TEXT:
		*(const char **)at = value;
		break;
	case NUMBER:
		good = number(value, 0, row->most, at);
		break;
	case STATUS:
		good = number(value, 0, 410, at) &&
		       (*(int *)at == 0 || *(int *)at == 404 ||
			   *(int *)at == 405 || *(int *)at == 410);
		break;
	case PROJECT:
		good = place(options->projects, &options->project_count, value);
		break;
	case REGION:
		good = place(options->regions, &options->region_count, value);
		break;
	}
	return good || fail_set(fail, FAIL_USAGE, "--%s: '%s' is no %s",
			   row->name, value, row->value);
}

static void
defaults(struct options *options)
{
	const char *key = getenv("GCORE_API_KEY");

	if (options->project_count == 0)
		options->projects[options->project_count++] =
		    (struct options_place){1, "default"};
	if (options->region_count == 0)
		options->regions[options->region_count++] =
		    (struct options_place){1, "Sandbox-1"};
	options->api_key =
	    key == NULL || key[0] == '\0' ? DEFAULT_API_KEY : key;
}

bool
options_parse(
    struct options *options, int argc, char *argv[], struct fail *fail)
{
	struct option longs[COUNTOF(rows) + 1] = {0};
	int row;

	*options = (struct options){.task_time_ms = 1000, .quota = -1};
	for (size_t i = 0; i < COUNTOF(rows); i++)
		longs[i] = (struct option){rows[i].name,
		    rows[i].type == FLAG ? no_argument : required_argument,
		    NULL, (int)i};
	opterr = 0;
	while ((row = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (row == '?') {
			fail_set(fail, FAIL_USAGE,
			    "%s: unknown option, or without its value",
			    argv[optind - 1]);
			return fail_hint(fail,
			    "certupload-sandbox --help lists the options");
		}
		if (!set(options, &rows[row], optarg, fail))
			return false;
	}
	if (optind < argc)
		return fail_set(
		    fail, FAIL_USAGE, "%s: is no option", argv[optind]);
	if ((options->cert == NULL) != (options->key == NULL))
		return fail_set(
		    fail, FAIL_USAGE, "--cert and --key belong together");
	defaults(options);
	return true;
}

void
options_help(void)
{
	printf("usage: certupload-sandbox [options]\n"
	       "Emulate the Gcore Cloud API for certupload on this host.\n"
	       "The first line of its output is the base URL.\n\n");
	for (size_t i = 0; i < COUNTOF(rows); i++) {
		char left[40];

		snprintf(left, sizeof(left), "--%s %s", rows[i].name,
		    rows[i].value == NULL ? "" : rows[i].value);
		printf("  %-22s %s\n", left, rows[i].help);
	}
	printf("\nThe API key is that of GCORE_API_KEY, else \"%s\".\n"
	       "Manual: certupload-sandbox(1).\n",
	    DEFAULT_API_KEY);
}
