/* Settings: command line, environment and file -> values, or the place of what
 * is wrong. */
#include "unit.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/cfg_parse.h"

#define FILE_NAME "c.conf"
#define WORDS 24

/* What is given; each text of `args` and `env` is words. */
struct given {
	const char *args, *env, *file;
};

static char folder[] = "/tmp/test_cfg.XXXXXX";

static int
enter(void **state)
{
	(void)state;
	return mkdtemp(folder) == NULL || chdir(folder) != 0;
}

static int
leave(void **state)
{
	(void)state;
	(void)remove(FILE_NAME);
	return chdir("/") != 0 || rmdir(folder) != 0;
}

/* The words of `text`, which is cut at the blanks, behind `count` others. */
static size_t
split(char *text, char *words[], size_t count)
{
	for (char *word = strtok(text, " "); word != NULL;
	     word = strtok(NULL, " ")) {
		assert_true(count < WORDS - 1);
		words[count++] = word;
	}
	words[count] = NULL;
	return count;
}

/* Settings, until the next call. */
static bool
parse(struct cfg_all *all, const struct given *given, struct fail *fail)
{
	static char args[512], env[512];
	static char name[] = "certupload", config[] = "--config=" FILE_NAME;
	static char *argv[WORDS], *variables[WORDS];
	FILE *file = fopen(FILE_NAME, "w");

	assert_non_null(file);
	assert_true(fputs(given->file, file) >= 0);
	assert_int_equal(fclose(file), 0);
	snprintf(args, sizeof(args), "%s", given->args);
	snprintf(env, sizeof(env), "%s", given->env);
	argv[0] = name;
	argv[1] = config;
	split(env, variables, 0);
	return cfg_parse(all, (int)split(args, argv, 2), argv, variables, fail);
}

static void
add(char *text, size_t size, const char *word)
{
	size_t len = strlen(text);

	snprintf(text + len, size - len, " %s", word == NULL ? "-" : word);
}

/* " title region verify ..." of each certificate. */
static void
summary(const struct cfg_all *all, char *text, size_t size)
{
	text[0] = '\0';
	for (size_t i = 0; i < all->count; i++) {
		const struct cfg *cfg = &all->certs[i];

		add(text, size, cfg->title);
		add(text, size, cfg->region);
		for (size_t v = 0; v < cfg->verify.count; v++)
			add(text, size, cfg->verify.items[v]);
	}
}

#define A "[a]\nkey = a\n"
#define B "[b]\nkey = b\n"
#define R "region = r\n"

static void
settings_are_made_of_what_is_given(void **state)
{
	static const struct {
		struct given given;
		const char *made;
	} rows[] = {
	    {{"--key k --region r", "", ""}, " - r"},
	    {{"--key k", "X= GCORE_CLOUD_REGION_ID=e", "region = f\n"}, " - e"},
	    {{"--key k", "GCORE_CLOUD_REGION_ID=", "region = f\n"}, " - f"},
	    {{"", "", R "key = k\n"}, " - r"},
	    {{"", "", R A B}, " a r b r"},
	    {{"b", "", R A B}, " b r"},
	    {{"b --region o a b", "", A B}, " a o b o"},
	    {{"--region o -- b", "", A B}, " b o"},
	    {{"--region o --region p", "", A}, " a p"},
	    {{"--reg=o", "", A}, " a o"},
	    {{"-nvvq", "", R A}, " a r"},
	    {{"--key k", "", R A B}, " - r"},
	    {{"--lineage l", "", R A B}, " - r"},
	    {{"--check", "", A}, " a -"},
	    {{"", "", "verify = 1\n" R A "verify = 2\n" B "verify = 3\n"},
		" a r 1 2 b r 1 3"},
	    {{"--verify 4 --verify 5", "",
		 "verify = 1\n" R A "verify = 2\nverify = 3\n"},
		" a r 1 2 3 4 5"},
	};

	(void)state;
	for (size_t i = 0; i < COUNTOF(rows); i++) {
		CLEANUP(cfg_clear) struct cfg_all all = {0};
		struct fail fail = {0};
		char made[256];

		parse(&all, &rows[i].given, &fail);
		assert_string_equal(fail.text, "");
		summary(&all, made, sizeof(made));
		assert_string_equal(made, rows[i].made);
	}
}

static void
the_last_of_defaults_file_environment_section_and_options_counts(void **state)
{
	(void)state;
	for (unsigned mask = 0; mask < 16; mask++) {
		CLEANUP(cfg_clear) struct cfg_all all = {0};
		struct fail fail;
		char file[128];
		struct given given = {
		    mask & 8 ? "-n --region=4 --keep=4" : "-n --keep=4",
		    mask & 2 ? "GCORE_CLOUD_REGION_ID=2" : "", file};

		snprintf(file, sizeof(file), "%s" B "region = other\n" A "%s",
		    mask & 1 ? "region = 1\n" : "",
		    mask & 4 ? "region = 3\nkeep = 3\n" : "keep = 3\n");
		if (mask == 0) {
			assert_false(parse(&all, &given, &fail));
			continue;
		}
		assert_true(parse(&all, &given, &fail));
		assert_int_equal(all.count, 2);
		assert_string_equal(all.certs[1].region, mask & 8   ? "4"
							 : mask & 4 ? "3"
							 : mask & 2 ? "2"
								    : "1");
		assert_int_equal(all.certs[1].keep, 4);
		assert_int_equal(all.certs[1].timeout, 600);
		assert_true(all.run.dry_run && all.certs[0].dry_run);
	}
}

static void
a_complaint_names_the_place(void **state)
{
	static const struct {
		struct given given;
		const char *said;
	} rows[] = {
	    {{"--verify www:0", "", R A B}, "--verify: 'www:0' is not HOST"},
	    {{"", "", R "verify = www:0\n" A}, "c.conf:2: verify: 'www:0' "},
	    {{"", "", R A "verify = www:0\n"}, "c.conf:4: verify: 'www:0' "},
	    {{"b", "", R A "verify = www:0\n" B}, "c.conf:4: verify: "},
	    {{"--keep 0", "", R A}, "--keep: '0' is no number"},
	    {{"", "", R A "keep = x\n"}, "c.conf:4: keep: 'x' is no number"},
	    {{"", "", R A "rotate = x\n"}, "c.conf:4: rotate: 'x' is not yes"},
	    {{"", "", R A "pkcs12 = x\n"}, "c.conf:4: pkcs12: 'x' is not one"},
	    {{"", "", R A "name =\n"}, "c.conf:4: name: is empty"},
	    {{"--name=", "", R A}, "--name: is empty"},
	    {{"", "GCORE_BASE_URL=ftp://a", R A}, "GCORE_BASE_URL: 'ftp://a'"},
	    {{"", "GCORE_API_ENDPOINT=ftp://a", R A}, "GCORE_API_ENDPOINT: "},
	    {{"--api-url ftp://b", "GCORE_BASE_URL=ftp://a", R A},
		"--api-url: 'ftp://b'"},
	    {{"", "", "api-url = ftp://a\n" R A}, "c.conf:1: api-url: "},
	    {{"--status", "", "check = yes\n" A},
		"--status: cannot be combined with c.conf:1: check"},
	    {{"", "", R A "lineage = a\n"},
		"c.conf:4: lineage: cannot be combined with c.conf:3: key"},
	    {{"", "", R "key = k\nlineage = l\n[a]\nkeep = 1\n[b]\nkeep = 2\n"},
		"c.conf:3: lineage: cannot be combined with c.conf:2: key"},
	    {{"", "", A}, "c.conf:1: [a]: no region is given"},
	    {{"", "", R "[a]\nname = a\n"}, "c.conf:2: [a]: no --key and no"},
	    {{"--region r", "", ""}, "no --key and no --cert is given"},
	    {{"", "", R A A}, "c.conf:4: [a] is there already: c.conf:2"},
	    {{"", "", R A "key = b\n"}, "c.conf:4: key is there already: c.c"},
	    {{"--output o --chain -", "", R A B}, "--output is for one"},
	    {{"--chain -", "", R A B}, "'-' is for one certificate"},
	    {{"c", "", R A B}, "c: no certificate of this name"},
	    {{"c", "", R}, "c: what should be done with it?"},
	    {{"--key k a", "", R A}, "a: what should be done with it?"},
	    {{"--chian", "", R A}, "--chian: unknown option"},
	    {{"--c", "", R A}, "--c: unknown option"},
	    {{"-nx", "", R A}, "-x: unknown option"},
	    {{"-n=1", "", R A}, "-=: unknown option"},
	    {{"--json=1", "", R A}, "--json: takes no value"},
	    {{"a --key", "", R A}, "--key: needs a value"},
	};

	(void)state;
	for (size_t i = 0; i < COUNTOF(rows); i++) {
		CLEANUP(cfg_clear) struct cfg_all all = {0};
		struct fail fail = {0};
		size_t len = strlen(rows[i].said);

		assert_false(parse(&all, &rows[i].given, &fail));
		assert_int_equal(fail.code, FAIL_USAGE);
		if (strncmp(fail.text, rows[i].said, len) != 0)
			assert_string_equal(fail.text, rows[i].said);
	}
}

/* Of the URL that counts alone, and where one is needed. */
static void
an_address_that_is_not_used_may_be_wrong(void **state)
{
	static const struct given rows[] = {
	    {"--api-url https://a", "GCORE_BASE_URL=ftp://a", R A},
	    {"--check", "GCORE_BASE_URL=ftp://a", R A},
	};

	(void)state;
	for (size_t i = 0; i < COUNTOF(rows); i++) {
		CLEANUP(cfg_clear) struct cfg_all all = {0};
		struct fail fail;

		assert_true(parse(&all, &rows[i], &fail));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(settings_are_made_of_what_is_given),
	    cmocka_unit_test(
		the_last_of_defaults_file_environment_section_and_options_counts),
	    cmocka_unit_test(a_complaint_names_the_place),
	    cmocka_unit_test(an_address_that_is_not_used_may_be_wrong),
	};

	return cmocka_run_group_tests(tests, enter, leave);
}
