/* Names and plans: pure functions, by tables and by random cases. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "deploy/plan.h"
#include "deploy/result.h"
#include "gcore/quota.h"

#define CASES unit_cases(100000)

/* 2026-12-24T00:00:00Z */
#define CHRISTMAS 1798070400

static const struct plan_want want = {.name = "www.example.com",
    .not_after = CHRISTMAS,
    .fingerprint = {0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd}};
#define NAME "www.example.com.20261224.0123456789ab"

static void
a_name_tells_lineage_day_and_fingerprint(void **state)
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
	char lineage[256], name[MODEL_NAME_SIZE];
	struct plan_want one = want;
	struct fail fail;

	(void)state;
	memset(lineage, 'a', sizeof(lineage));
	one.name = lineage;
	lineage[233] = '\0';
	assert_true(plan_name(&one, name, &fail));
	assert_int_equal(strlen(name), 255);
	lineage[233] = 'a';
	lineage[234] = '\0';
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

static void
random_want(struct plan_want *one, char lineage[40])
{
	static const char known[] = "abcXYZ019._-";
	size_t len = 1 + (size_t)rand() % 38;

	for (size_t i = 0; i < len; i++)
		lineage[i] = known[(size_t)rand() % (sizeof(known) - 1)];
	lineage[len] = '\0';
	one->name = lineage;
	one->not_after = rand();
	for (size_t i = 0; i < sizeof(one->fingerprint); i++)
		one->fingerprint[i] = (unsigned char)rand();
}

static void
parsing_undoes_naming(void **state)
{
	(void)state;
	unit_seed();
	for (int i = 0; i < CASES; i++) {
		char lineage[40], name[MODEL_NAME_SIZE];
		char again[2 * MODEL_NAME_SIZE];
		struct plan_version version;
		struct plan_want one;
		struct fail fail;

		random_want(&one, lineage);
		assert_true(plan_name(&one, name, &fail));
		assert_true(plan_name_parse(name, &version));
		assert_string_equal(version.name, lineage);
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

/* --- random histories ------------------------------------------------------
 */

/* A server with a few secrets and tasks, of few names, so that they meet. */
struct world {
	struct plan_want wants[2];
	char names[2][MODEL_NAME_SIZE];
	struct secret_list secrets;
	struct task_list tasks;
	struct plan_have have;
	unsigned ids;
};

static size_t
below(size_t n)
{
	return (size_t)rand() % n;
}

static const char *
one_of(const char *const *words, size_t count)
{
	return words[below(count)];
}

static void
add_secret(struct world *world, const char *name, const char *status)
{
	static const char *const times[] = {
	    "", "2026-01-01T00:00:00.000001", "2026-01-01T00:00:00.000002"};
	struct secret secret = {0};

	/* Ids in no order of time. */
	snprintf(secret.id, sizeof(secret.id), "%u-%u", (unsigned)below(10),
	    world->ids++);
	snprintf(secret.name, sizeof(secret.name), "%s", name);
	snprintf(secret.status, sizeof(secret.status), "%s", status);
	snprintf(secret.created, sizeof(secret.created), "%s",
	    one_of(times, COUNTOF(times)));
	assert_true(secret_list_add(&world->secrets, &secret));
}

/* One of ours, or one that others have. */
static const char *
some_name(const struct world *world)
{
	const char *const names[] = {world->names[0], world->names[1],
	    world->names[0], world->names[1], "", "foreign", NAME, NAME "x"};

	return one_of(names, COUNTOF(names));
}

static void
add_task(struct world *world)
{
	struct task task = {.state = (enum task_state)below(3),
	    .created = (int64_t)below(3) * 3000 - 1};

	snprintf(task.id, sizeof(task.id), "task-%u", world->ids++);
	snprintf(task.name, sizeof(task.name), "%s", some_name(world));
	assert_true(task_list_add(&world->tasks, &task));
}

static void
world_make(struct world *world)
{
	static const char *const states[] = {
	    "ACTIVE", "ACTIVE", "", "SOMETHING", "ERROR", "DELETED"};
	static const char *const lines[] = {"a", "b"};
	struct fail fail;

	*world = (struct world){0};
	for (size_t i = 0; i < COUNTOF(world->wants); i++) {
		/* Versions of one lineage, or lineages of their own. */
		world->wants[i] =
		    (struct plan_want){.name = lines[i * below(2)],
			.not_after = CHRISTMAS,
			.fingerprint = {(unsigned char)(i + 1)}};
		assert_true(
		    plan_name(&world->wants[i], world->names[i], &fail));
	}
	for (size_t n = below(5); n > 0; n--)
		add_secret(
		    world, some_name(world), one_of(states, COUNTOF(states)));
	for (size_t n = below(4); n > 0; n--)
		add_task(world);
	world->have = (struct plan_have){
	    &world->tasks, &world->secrets, (int64_t)below(3) * 4000 - 1};
}

static void
world_clear(struct world *world)
{
	secret_list_clear(&world->secrets);
	task_list_clear(&world->tasks);
}

/* The task that was waited for ends, with what it makes or without. */
static void
end_task(struct world *world, const char *id)
{
	for (size_t i = 0; i < world->tasks.count; i++) {
		struct task *task = &world->tasks.items[i];

		if (strcmp(task->id, id) != 0)
			continue;
		assert_int_equal(task->state, TASK_PENDING);
		task->state = below(2) ? TASK_FINISHED : TASK_ERROR;
		if (task->state == TASK_FINISHED)
			add_secret(world,
			    task->name[0] == '\0' ? some_name(world)
						  : task->name,
			    "ACTIVE");
		return;
	}
	fail_msg("a task that is not there: %s", id);
}

/* Do what the plans say until there is nothing to do. */
static void
converge(struct world *world, size_t index)
{
	const struct plan_want *wanted = &world->wants[index];
	size_t creates = 0;
	struct plan plan;
	struct fail fail;

	for (size_t steps = 0;; steps++) {
		assert_true(steps <= 5); /* tasks, a create, the end */
		assert_true(plan_make(wanted, &world->have, &plan, &fail));
		assert_string_equal(plan.name, world->names[index]);
		if (plan.action == PLAN_REUSE)
			break;
		if (plan.action == PLAN_WAIT) {
			end_task(world, plan.id);
			continue;
		}
		assert_int_equal(creates++, 0);
		assert_null(plan_find(&world->secrets, plan.name));
		add_secret(world, plan.name, "ACTIVE");
	}
	assert_string_equal(plan.id, plan_find(&world->secrets, plan.name)->id);
}

static void
a_plan_that_is_carried_out_leaves_nothing_to_do(void **state)
{
	(void)state;
	unit_seed();
	for (int i = 0; i < CASES; i++) {
		struct world world;
		struct plan plan;
		struct fail fail;

		world_make(&world);
		for (size_t w = 0; w < COUNTOF(world.wants); w++)
			converge(&world, w);
		for (size_t w = 0; w < COUNTOF(world.wants); w++) {
			const struct secret *secret;

			assert_true(plan_make(
			    &world.wants[w], &world.have, &plan, &fail));
			assert_int_equal(plan.action, PLAN_REUSE);
			secret = secret_find_id(&world.secrets, plan.id);
			assert_string_equal(secret->name, world.names[w]);
			assert_false(secret_is_broken(secret));
		}
		world_clear(&world);
	}
}

static void
shuffle(struct secret_list *list)
{
	for (size_t i = list->count; i > 1; i--) {
		size_t j = below(i);
		struct secret other = list->items[i - 1];

		list->items[i - 1] = list->items[j];
		list->items[j] = other;
	}
}

static void
every_host_keeps_the_same_secret(void **state)
{
	(void)state;
	unit_seed();
	for (int i = 0; i < CASES; i++) {
		struct world world;
		const struct secret *kept;
		char id[MODEL_ID_SIZE] = "";

		world_make(&world);
		kept = plan_find(&world.secrets, world.names[0]);
		if (kept != NULL)
			memcpy(id, kept->id, sizeof(id));
		shuffle(&world.secrets);
		kept = plan_find(&world.secrets, world.names[0]);
		assert_string_equal(kept == NULL ? "" : kept->id, id);
		world_clear(&world);
	}
}

/* --- several hosts -------------------------------------------------------- */

#define HOSTS 3

struct host {
	char mine[MODEL_ID_SIZE];
	bool lost;
};

/* What this host deletes of what all made, as it sees it, is marked. */
static void
mark_surplus(const struct host *host, struct secret_list *now,
    const struct secret_list *known, const char *name, bool gone[])
{
	const struct secret *kept = plan_find(now, name);
	struct plan_made made = {
	    .name = name, .id = host->mine, .lost = host->lost, .known = known};

	for (size_t i = 0; i < now->count; i++) {
		const struct secret *secret = &now->items[i];

		if (!plan_is_surplus(secret, now, &made))
			continue;
		gone[i] = true;
		assert_ptr_not_equal(secret, kept);
		assert_string_equal(secret->name, name);
		assert_false(secret_is_broken(secret));
		/* What was there before, nobody has made too much. */
		assert_null(secret_find_id(known, secret->id));
		assert_true(host->lost || strcmp(secret->id, host->mine) == 0);
	}
}

/* Hosts create at once what none of them has found. */
static void
make_hosts(struct world *world, const char *name, struct host hosts[])
{
	for (size_t h = 0; h < HOSTS; h++) {
		add_secret(world, name, "ACTIVE");
		memcpy(hosts[h].mine,
		    world->secrets.items[world->secrets.count - 1].id,
		    sizeof(hosts[h].mine));
		hosts[h].lost = below(4) == 0;
	}
	add_secret(world, world->names[1], "ACTIVE");
	add_secret(world, name, "ERROR");
	shuffle(&world->secrets);
}

static void
race(struct world *world, const char *name)
{
	struct secret_list known = {0}, *now = &world->secrets;
	struct host hosts[HOSTS] = {0};
	bool gone[4 + HOSTS + 2] = {false};
	size_t left = 0;

	for (size_t i = 0; i < now->count; i++) {
		assert_true(secret_list_add(&known, &now->items[i]));
		/* It may be mended meanwhile. */
		if (below(2))
			strcpy(now->items[i].status, "ACTIVE");
	}
	make_hosts(world, name, hosts);
	for (size_t h = 0; h < HOSTS; h++)
		mark_surplus(&hosts[h], now, &known, name, gone);
	for (size_t i = 0; i < now->count; i++)
		left += !gone[i] && strcmp(now->items[i].name, name) == 0 &&
			!secret_is_broken(&now->items[i]) &&
			secret_find_id(&known, now->items[i].id) == NULL;
	assert_int_equal(
	    left, secret_find_id(&known, plan_find(now, name)->id) == NULL);
	secret_list_clear(&known);
}

static void
of_what_hosts_make_at_once_one_stays(void **state)
{
	int races = 0;

	(void)state;
	unit_seed();
	for (int i = 0; i < CASES; i++) {
		struct world world;

		world_make(&world);
		if (plan_find(&world.secrets, world.names[0]) == NULL) {
			race(&world, world.names[0]);
			races++;
		}
		world_clear(&world);
	}
	assert_true(races >= CASES / 4);
}

/* --- by tables ------------------------------------------------------------ */

static void
only_recent_creates_that_may_be_ours_are_waited_for(void **state)
{
	static const struct {
		struct task task;
		int64_t now, since;
		bool wait;
	} rows[] = {
	    {{"t", TASK_PENDING, "NEW", 100, "", "", ""}, 100, 100, true},
	    {{"t", TASK_PENDING, "NEW", 99, "", "", ""}, 100, 100, false},
	    {{"t", TASK_PENDING, "NEW", 100, NAME, "", ""}, 100, 0, true},
	    {{"t", TASK_PENDING, "NEW", 100, "x", "", ""}, 100, 0, false},
	    {{"t", TASK_FINISHED, "", 100, NAME, "", ""}, 100, 0, false},
	    {{"t", TASK_ERROR, "", 100, NAME, "", ""}, 100, 0, false},
	    /* the time is not told, of the task or by the server */
	    {{"t", TASK_PENDING, "NEW", -1, NAME, "", ""}, 100, 99, true},
	    {{"t", TASK_PENDING, "NEW", 100, NAME, "", ""}, -1, 99, true},
	    {{"t", TASK_PENDING, "NEW", 0, NAME, "", ""}, 100, -3, true},
	    /* stuck */
	    {{"t", TASK_PENDING, "NEW", 0, NAME, "", ""}, 3600, 0, true},
	    {{"t", TASK_PENDING, "NEW", 0, NAME, "", ""}, 3601, 0, false},
	};

	(void)state;
	for (size_t i = 0; i < COUNTOF(rows); i++) {
		struct task task = rows[i].task;
		struct task_list tasks = {&task, 1, 1};
		struct secret_list secrets = {0};
		struct plan_have have = {&tasks, &secrets, rows[i].now};

		assert_int_equal(
		    plan_must_wait(&have, NAME, rows[i].since), rows[i].wait);
		tasks.count = 0;
		assert_false(plan_must_wait(&have, NAME, rows[i].since));
	}
}

static void
several_results_are_one_exit_status(void **state)
{
	static const struct {
		enum fail_code so_far;
		enum result_status status;
		enum fail_code code, summary;
	} rows[] = {
	    {FAIL_NONE, RESULT_CREATED, FAIL_NONE, FAIL_NONE},
	    {FAIL_NONE, RESULT_FAILED, FAIL_INPUT, FAIL_INPUT},
	    {FAIL_INPUT, RESULT_PRESENT, FAIL_NONE, FAIL_INPUT},
	    {FAIL_INPUT, RESULT_FAILED, FAIL_INPUT, FAIL_INPUT},
	    {FAIL_INPUT, RESULT_FAILED, FAIL_REFUSED, FAIL_SEVERAL},
	    {FAIL_SEVERAL, RESULT_FAILED, FAIL_REFUSED, FAIL_SEVERAL},
	    {FAIL_SEVERAL, RESULT_PLANNED, FAIL_NONE, FAIL_SEVERAL},
	    /* not what failed, but what was overcome */
	    {FAIL_NONE, RESULT_CREATED, FAIL_NETWORK, FAIL_NONE},
	    {FAIL_INPUT, RESULT_FAILED, FAIL_SIGINT, FAIL_SIGINT},
	    {FAIL_SEVERAL, RESULT_FAILED, FAIL_SIGTERM, FAIL_SIGTERM},
	    {FAIL_SIGINT, RESULT_FAILED, FAIL_INPUT, FAIL_SIGINT},
	    {FAIL_SIGINT, RESULT_FAILED, FAIL_SIGINT, FAIL_SIGINT},
	    {FAIL_UNKNOWN, RESULT_FAILED, FAIL_SIGTERM, FAIL_SIGTERM},
	};

	(void)state;
	for (size_t i = 0; i < COUNTOF(rows); i++) {
		struct result result = {
		    .status = rows[i].status, .fail.code = rows[i].code};

		assert_int_equal(
		    result_summary(rows[i].so_far, &result), rows[i].summary);
	}
}

static void
what_does_not_fit_the_quota_is_refused_with_the_numbers(void **state)
{
	static const struct {
		struct quota quota;
		size_t need;
		bool fits;
	} rows[] = {
	    {{50, 7, true}, 43, true},
	    {{50, 7, true}, 44, false},
	    {{50, 7, true}, 0, true},
	    {{50, 50, true}, 1, false},
	    {{50, 50, true}, 0, true},
	    {{0, 0, true}, 1, false},
	    {{50, 7, false}, 1000, true},
	    {{0, 0, false}, 1, true},
	    {{INT32_MAX, 7, true}, 1000, true},
	};
	struct fail fail;

	(void)state;
	for (size_t i = 0; i < COUNTOF(rows); i++)
		assert_int_equal(
		    quota_check(&rows[i].quota, rows[i].need, &fail),
		    rows[i].fits);
	assert_false(quota_check(&rows[1].quota, 44, &fail));
	assert_int_equal(fail.code, FAIL_REFUSED);
	assert_string_equal(fail.text, "the region has a quota of 50 secrets "
				       "and 7 of them; 44 more are needed");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_name_tells_lineage_day_and_fingerprint),
	    cmocka_unit_test(the_longest_name_has_255_bytes),
	    cmocka_unit_test(foreign_names_are_not_ours),
	    cmocka_unit_test(parsing_undoes_naming),
	    cmocka_unit_test(what_is_there_decides),
	    cmocka_unit_test(a_plan_that_is_carried_out_leaves_nothing_to_do),
	    cmocka_unit_test(every_host_keeps_the_same_secret),
	    cmocka_unit_test(of_what_hosts_make_at_once_one_stays),
	    cmocka_unit_test(
		only_recent_creates_that_may_be_ours_are_waited_for),
	    cmocka_unit_test(several_results_are_one_exit_status),
	    cmocka_unit_test(
		what_does_not_fit_the_quota_is_refused_with_the_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
