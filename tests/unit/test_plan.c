/* Names and plans: pure functions, by tables and by random cases. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "deploy/plan.h"

#define CASES 100000

/* 2026-12-24T00:00:00Z */
#define CHRISTMAS 1798070400

static const struct plan_want want = {.name = "www.example.com",
    .not_after = CHRISTMAS,
    .fingerprint = {0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd}};
#define NAME "www.example.com.20261224.0123456789ab"

static void
a_name_tells_line_day_and_fingerprint(void **state)
{
	static const struct {
		const char *name;
		int64_t not_after;
		const char *made; /* NULL: refused */
	} rows[] = {
	    {"www.example.com", CHRISTMAS, NAME},
	    {"a", 0, "a.19700101.0123456789ab"},
	    {"a_B-9", CHRISTMAS, "a_B-9.20261224.0123456789ab"},
	    {"a", 253402300799, "a.99991231.0123456789ab"},
	    {"a", 253402300800, NULL},
	    {"a", -3000000000, NULL},
	    {"", CHRISTMAS, NULL},
	    {"a b", CHRISTMAS, NULL},
	    {"a/b", CHRISTMAS, NULL},
	    {"*.example.com", CHRISTMAS, NULL},
	    {"gr\xc3\xbcn", CHRISTMAS, NULL},
	};

	(void)state;
	for (size_t i = 0; i < COUNTOF(rows); i++) {
		struct plan_want one = want;
		char name[MODEL_NAME_SIZE];
		struct fail fail;
		bool good;

		one.name = rows[i].name;
		one.not_after = rows[i].not_after;
		good = plan_name(&one, name, &fail);
		assert_int_equal(good, rows[i].made != NULL);
		if (good)
			assert_string_equal(name, rows[i].made);
	}
}

static void
the_longest_name_has_255_bytes(void **state)
{
	char line[256], name[MODEL_NAME_SIZE];
	struct plan_want one = want;
	struct fail fail;

	(void)state;
	memset(line, 'a', sizeof(line));
	one.name = line;
	line[233] = '\0';
	assert_true(plan_name(&one, name, &fail));
	assert_int_equal(strlen(name), 255);
	line[233] = 'a';
	line[234] = '\0';
	assert_false(plan_name(&one, name, &fail));
	assert_int_equal(fail.code, FAIL_USAGE);
}

static void
foreign_names_are_not_ours(void **state)
{
	static const char *const names[] = {"", "www.example.com", "foreign-1",
	    ".20261224.0123456789ab", "a.20261224.0123456789AB",
	    "a.2026122.0123456789ab", "a.20261224.0123456789a",
	    "a-20261224.0123456789ab", "a.20261224-0123456789ab",
	    "a b.20261224.0123456789ab", "a.20261224.0123456789ab "};
	struct plan_version version;

	(void)state;
	for (size_t i = 0; i < COUNTOF(names); i++)
		assert_false(plan_name_parse(names[i], &version));
}

/* A seed of one's own choice repeats a failure. */
static unsigned
seed(void)
{
	const char *text = getenv("SEED");
	unsigned number =
	    text == NULL ? 20261124 : (unsigned)strtoul(text, NULL, 10);

	print_message("# SEED=%u\n", number);
	return number;
}

static void
random_want(struct plan_want *one, char line[40])
{
	static const char known[] = "abcXYZ019._-";
	size_t len = 1 + (size_t)rand() % 38;

	for (size_t i = 0; i < len; i++)
		line[i] = known[(size_t)rand() % (sizeof(known) - 1)];
	line[len] = '\0';
	one->name = line;
	one->not_after = rand();
	for (size_t i = 0; i < sizeof(one->fingerprint); i++)
		one->fingerprint[i] = (unsigned char)rand();
}

static void
parsing_undoes_naming(void **state)
{
	(void)state;
	srand(seed());
	for (int i = 0; i < CASES; i++) {
		char line[40], name[MODEL_NAME_SIZE];
		char again[2 * MODEL_NAME_SIZE];
		struct plan_version version;
		struct plan_want one;
		struct fail fail;

		random_want(&one, line);
		assert_true(plan_name(&one, name, &fail));
		assert_true(plan_name_parse(name, &version));
		assert_string_equal(version.name, line);
		snprintf(again, sizeof(again), "%s.%s.%s", version.name,
		    version.day, version.fingerprint);
		assert_string_equal(again, name);
	}
}

static void
what_is_there_decides(void **state)
{
	static const struct {
		struct secret secrets[3];
		struct task tasks[2];
		int64_t now;
		enum plan_action action;
		const char *id;
	} rows[] = {
	    {.action = PLAN_CREATE, .id = ""},
	    {.secrets = {{"1", NAME, "ACTIVE", ""}},
		.action = PLAN_REUSE,
		.id = "1"},
	    {.secrets = {{"1", NAME, "SOMETHING", ""}},
		.action = PLAN_REUSE,
		.id = "1"},
	    {.secrets = {{"1", NAME, "ERROR", ""}},
		.action = PLAN_CREATE,
		.id = ""},
	    {.secrets = {{"1", NAME, "error", ""}, {"2", NAME, "ACTIVE", ""}},
		.action = PLAN_REUSE,
		.id = "2"},
	    {.secrets = {{"1", NAME "x", "ACTIVE", ""},
		 {"2", "x" NAME, "ACTIVE", ""}},
		.action = PLAN_CREATE,
		.id = ""},
	    /* the oldest, then the smaller id */
	    {.secrets = {{"1", NAME, "ACTIVE", "2026-02-02T00:00:00"},
		 {"3", NAME, "ACTIVE", "2026-01-01T00:00:00"},
		 {"2", NAME, "ACTIVE", "2026-01-01T00:00:00"}},
		.action = PLAN_REUSE,
		.id = "2"},
	    {.tasks = {{"t", TASK_PENDING, "NEW", -1, "", "", ""}},
		.action = PLAN_WAIT,
		.id = "t"},
	    {.tasks = {{"t", TASK_PENDING, "NEW", -1, NAME, "", ""}},
		.action = PLAN_WAIT,
		.id = "t"},
	    {.tasks = {{"t", TASK_PENDING, "NEW", -1, "other", "", ""}},
		.action = PLAN_CREATE,
		.id = ""},
	    {.tasks = {{"t", TASK_FINISHED, "FINISHED", -1, "", "", ""}},
		.action = PLAN_CREATE,
		.id = ""},
	    /* stuck, by the server's own clock alone */
	    {.tasks = {{"t", TASK_PENDING, "NEW", 1000, "", "", ""}},
		.now = 1000 + 3600,
		.action = PLAN_WAIT,
		.id = "t"},
	    {.tasks = {{"t", TASK_PENDING, "NEW", 1000, "", "", ""}},
		.now = 1000 + 3601,
		.action = PLAN_CREATE,
		.id = ""},
	    {.tasks = {{"t", TASK_PENDING, "NEW", 1000, "", "", ""}},
		.now = -1,
		.action = PLAN_WAIT,
		.id = "t"},
	    {.tasks = {{"t", TASK_PENDING, "NEW", -1, "", "", ""}},
		.secrets = {{"1", NAME, "ACTIVE", ""}},
		.action = PLAN_REUSE,
		.id = "1"},
	};

	(void)state;
	for (size_t i = 0; i < COUNTOF(rows); i++) {
		struct secret_list secrets = {0};
		struct task_list tasks = {0};
		struct plan_have have = {&tasks, &secrets, rows[i].now};
		struct plan plan;
		struct fail fail;

		for (size_t s = 0; s < 3 && rows[i].secrets[s].id[0]; s++)
			assert_true(
			    secret_list_add(&secrets, &rows[i].secrets[s]));
		for (size_t t = 0; t < 2 && rows[i].tasks[t].id[0]; t++)
			assert_true(task_list_add(&tasks, &rows[i].tasks[t]));
		assert_true(plan_make(&want, &have, &plan, &fail));
		assert_int_equal(plan.action, rows[i].action);
		assert_string_equal(plan.id, rows[i].id);
		assert_string_equal(plan.name, NAME);
		secret_list_clear(&secrets);
		task_list_clear(&tasks);
	}
}

static void
after_a_create_nothing_is_left_to_do(void **state)
{
	struct secret_list secrets = {0};
	struct task_list tasks = {0};
	struct plan_have have = {&tasks, &secrets, -1};

	(void)state;
	srand(seed());
	for (int i = 0; i < CASES / 100; i++) {
		char line[40];
		struct plan_want one;
		struct secret made = {.status = "ACTIVE"};
		struct plan plan;
		struct fail fail;

		random_want(&one, line);
		assert_true(plan_make(&one, &have, &plan, &fail));
		assert_int_equal(plan.action, PLAN_CREATE);
		memcpy(made.name, plan.name, sizeof(made.name));
		snprintf(made.id, sizeof(made.id), "%d", i);
		assert_true(secret_list_add(&secrets, &made));
		assert_true(plan_make(&one, &have, &plan, &fail));
		assert_int_equal(plan.action, PLAN_REUSE);
		assert_string_equal(plan.id, made.id);
	}
	secret_list_clear(&secrets);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_name_tells_line_day_and_fingerprint),
	    cmocka_unit_test(the_longest_name_has_255_bytes),
	    cmocka_unit_test(foreign_names_are_not_ours),
	    cmocka_unit_test(parsing_undoes_naming),
	    cmocka_unit_test(what_is_there_decides),
	    cmocka_unit_test(after_a_create_nothing_is_left_to_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
