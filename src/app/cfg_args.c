#include "app/cfg_args.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

/* --- command line --------------------------------------------------------- */

/* Options for getopt_long: `val` is the row, plus this. */
#define ROW 256

static void
getopt_table(struct option longs[], char shorts[])
{
	*shorts++ = ':';
	for (size_t i = 0; i < cfg_key_count; i++) {
		if (cfg_keys[i].name == NULL)
			continue;
		*longs++ = (struct option){cfg_keys[i].name,
		    cfg_keys[i].value == NULL ? no_argument : required_argument,
		    NULL, ROW + (int)i};
		if (cfg_keys[i].letter != 0)
			*shorts++ = cfg_keys[i].letter;
	}
	*longs = (struct option){0};
	*shorts = '\0';
}

static const struct cfg_key *
key_of(int option)
{
	for (size_t i = 0; i < cfg_key_count; i++)
		if (option == ROW + (int)i ||
		    (cfg_keys[i].letter != 0 && option == cfg_keys[i].letter))
			return &cfg_keys[i];
	return NULL;
}

/* `argument` is "-x" or "--name=value". */
static bool
unknown_option(const char *argument, struct fail *fail)
{
	char name[64];
	const char *nearest;

	snprintf(name, sizeof(name), "%.*s",
	    2 + (int)strcspn(argument + 2, "="), argument);
	fail_set(fail, FAIL_USAGE, "%s: unknown option", name);
	nearest = cfg_key_nearest(name + strspn(name, "-"));
	if (nearest != NULL)
		return fail_hint(fail, "did you mean --%s?", nearest);
	return fail_hint(fail, "certupload --help lists the options");
}

/* What getopt_long, which stopped at `argument`, answered `option` to. */
static bool
bad_option(int option, const char *argument, struct fail *fail)
{
	char letter[] = {'-', (char)optopt, '\0'};

	if (option == ':') {
		fail_set(fail, FAIL_USAGE, "%s: needs a value", argument);
		return fail_hint(fail, "certupload --help lists the options");
	}
	if (optopt >= ROW)
		return fail_set(fail, FAIL_USAGE, "--%s: takes no value",
		    cfg_keys[optopt - ROW].name);
	/* Of letters in a row, getopt_long tells which it is. */
	return unknown_option(optopt == 0 ? argument : letter, fail);
}

bool
cfg_args_read(int argc, char *const argv[], struct cfg_lines *lines,
    struct cfg_names *names, struct fail *fail)
{
	struct option longs[CFG_KEYS_MAX + 1];
	char shorts[CFG_KEYS_MAX + 2];
	int option;

	getopt_table(longs, shorts);
	opterr = 0;
	optind = 0; /* whatever was read before */
	while ((option = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		struct cfg_line line = {key_of(option), optarg, NULL, 0};

		if (line.key == NULL)
			return bad_option(option, argv[optind - 1], fail);
		if (!cfg_lines_add(lines, &line, fail))
			return false;
	}
	*names = (struct cfg_names){argv + optind, (size_t)(argc - optind)};
	return true;
}

/* --- environment ---------------------------------------------------------- */

static const char *
env_value(char *const env[], const char *name)
{
	size_t len = strlen(name);

	for (; *env != NULL; env++)
		if (strncmp(*env, name, len) == 0 && (*env)[len] == '=')
			return *env + len + 1;
	return NULL;
}

/* Of the names that a key has there, the first that is set counts. */
static bool
add_variable(char *const env[], const struct cfg_key *key,
    struct cfg_lines *lines, struct fail *fail)
{
	for (size_t i = 0; i < COUNTOF(key->env) && key->env[i] != NULL; i++) {
		struct cfg_line line = {
		    key, env_value(env, key->env[i]), key->env[i], 0};

		if (line.value != NULL && line.value[0] != '\0')
			return cfg_lines_add(lines, &line, fail);
	}
	return true;
}

bool
cfg_env_read(char *const env[], struct cfg_lines *lines, struct fail *fail)
{
	for (size_t i = 0; i < cfg_key_count; i++)
		if (!add_variable(env, &cfg_keys[i], lines, fail))
			return false;
	return true;
}

/* --- help ----------------------------------------------------------------- */

void
cfg_help(FILE *out)
{
	fprintf(out,
	    "usage: certupload --key FILE --cert FILE [--chain FILE] "
	    "[options]\n"
	    "       certupload [options] [NAME ...]\n"
	    "Bring certificates to the load balancers of Gcore Cloud.\n");
	for (size_t i = 0; i < cfg_key_count; i++) {
		char left[64];

		if (cfg_keys[i].name == NULL) {
			fprintf(out, "%s:\n", cfg_keys[i].help);
			continue;
		}
		snprintf(left, sizeof(left), "%c%c%c --%s %s",
		    cfg_keys[i].letter == 0 ? ' ' : '-',
		    cfg_keys[i].letter == 0 ? ' ' : cfg_keys[i].letter,
		    cfg_keys[i].letter == 0 ? ' ' : ',', cfg_keys[i].name,
		    cfg_keys[i].value == NULL ? "" : cfg_keys[i].value);
		fprintf(out, " %-30s %s\n", left, cfg_keys[i].help);
	}
	fprintf(out, "Exit: 0 done, 1 several reasons, 2 usage, 3 input, "
		     "4 network, 5 API key,\n6 refused, 7 timeout, 8 outcome "
		     "unknown (run again), 9 internal, 10 not served,\n"
		     "11 locked, 12 attention. Manual: certupload(1).\n");
}
