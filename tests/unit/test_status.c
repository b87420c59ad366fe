/* Files and servers -> rows, and what of them needs attention. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "app/report.h"
#include "base/clock.h"
#include "gcore/wire.h"

/* 2026-12-01T12:00:00Z */
#define NOW 1796126400

#define NAME "www.20261224.0123456789ab" /* of what the files hold */

/* One certificate of the configuration, and one place. */
struct world {
	struct cfg cfg;
	struct deployment deployment;
	struct target target;
	struct batch batch;
	struct status status;
};

static void
add_secret(struct world *world, const char *id, const char *name)
{
	struct secret secret = {.status = "ACTIVE", .created = "2026"};

	snprintf(secret.id, sizeof(secret.id), "%s", id);
	snprintf(secret.name, sizeof(secret.name), "%s", name);
	assert_true(secret_list_add(&world->target.known, &secret));
}

static struct referrer
referrer_of(const char *id, const char *name, const char *secret)
{
	struct referrer referrer = {.balancer = "b1"};

	snprintf(referrer.id, sizeof(referrer.id), "%s", id);
	snprintf(referrer.name, sizeof(referrer.name), "%s", name);
	snprintf(
	    referrer.has.secret, sizeof(referrer.has.secret), "%s", secret);
	return referrer;
}

static void
add_listener(struct world *world, const char *id, const char *secret)
{
	struct referrer referrer = referrer_of(id, id, secret);

	assert_true(referrer_list_add(
	    &world->target.poll.inventory.referrers, &referrer));
}

/* Its files end on Christmas, and hold `secret`; "": it is not there. */
static void
begin(struct world *world, const char *secret)
{
	memset(world, 0, sizeof(*world));
	world->target.api.project = world->target.api.region = 1;
	world->deployment.cfg = &world->cfg;
	world->deployment.target = &world->target;
	world->deployment.want.name = "www";
	world->deployment.want.not_after = NOW + 23 * CLOCK_DAY - CLOCK_DAY / 2;
	strcpy(world->deployment.result.plan.name, NAME);
	strcpy(world->deployment.result.secret, secret);
	world->deployment.result.plan.action =
	    secret[0] == '\0' ? PLAN_CREATE : PLAN_REUSE;
	world->batch = (struct batch){.cfg = &world->cfg,
	    .deployments = &world->deployment,
	    .count = 1,
	    .targets = {&world->target, 1}};
	if (secret[0] != '\0')
		add_secret(world, secret, NAME);
}

static void
make(struct world *world)
{
	struct fail fail;

	status_clear(&world->status);
	assert_true(status_make(&world->batch, NOW, &world->status, &fail));
}

static void
end(struct world *world)
{
	status_clear(&world->status);
	secret_list_clear(&world->target.known);
	inventory_clear(&world->target.poll.inventory);
}

static void
versions_are_told_by_name_the_newest_first(void **state)
{
	static const struct {
		const char *id, *name;
	} secrets[] = {
	    {"y", "zzz.20270101.0123456789ab"},
	    {"o1", "www.20261101.0123456789ab"},
	    {"x", "foreign"},
	    {"n", "www.20270101.0123456789ab"},
	    {"s", NAME},
	    {"a", "api.20261101.0123456789ab"},
	    {"o2", "www.20261130.0123456789ab"},
	    {"w", "www.example.20261130.0123456789ab"},
	    {"z", "zzz.20270301.0123456789ab"},
	};
	static const struct {
		const char *id;
		enum status_state state;
		int days;
	} rows[] = {
	    {"c", STATUS_CURRENT, 23},
	    {"n", STATUS_NEWER, 31},
	    {"s", STATUS_SAME, 23},
	    {"o2", STATUS_OLDER, -1},
	    {"o1", STATUS_OLDER, -30},
	    {"a", STATUS_OTHER, -30},
	    {"w", STATUS_OTHER, -1},
	    {"z", STATUS_OTHER, 90},
	    {"y", STATUS_OTHER, 31},
	};
	struct world world;

	(void)state;
	begin(&world, "c");
	for (size_t i = 0; i < COUNTOF(secrets); i++)
		add_secret(&world, secrets[i].id, secrets[i].name);
	make(&world);
	assert_int_equal(world.status.count, COUNTOF(rows));
	for (size_t i = 0; i < COUNTOF(rows); i++) {
		const struct status_row *row = &world.status.items[i];

		assert_string_equal(row->id, rows[i].id);
		assert_int_equal(row->state, rows[i].state);
		assert_int_equal(row->days, rows[i].days);
		assert_ptr_equal(row->cfg, i == 0 ? &world.cfg : NULL);
	}
	assert_false(status_needs_attention(&world.status));
	end(&world);
}

static void
days_and_reasons_of_files(void **state)
{
	static const struct {
		int64_t left; /* seconds */
		int min_days;
		const char *secret;
		bool used;
		int days;
		const char *would, *why;
	} rows[] = {
	    {23 * CLOCK_DAY, 0, "c", true, 23, "nothing", ""},
	    {23 * CLOCK_DAY, 23, "c", true, 23, "nothing", ""},
	    {23 * CLOCK_DAY - 1, 23, "c", true, 23, "refuse the files",
		"ends in 23 days, --min-days wants 23\n"},
	    {CLOCK_DAY / 2 - 1, 0, "c", true, 0, "nothing", ""},
	    {CLOCK_DAY / 2, 0, "c", true, 1, "nothing", ""},
	    {0, 0, "c", true, 0, "nothing", ""},
	    {-1, 0, "c", true, -1, "refuse the files",
		"has expired, and is in use\n"},
	    {-1, 9, "c", false, -1, "refuse the files",
		"the files have expired\n"},
	    {-3 * CLOCK_DAY, 0, "c", false, -3, "refuse the files",
		"the files have expired\n"},
	    {23 * CLOCK_DAY, 0, "", true, 23, "create", "is not uploaded\n"},
	    {9 * CLOCK_DAY, 10, "", true, 9, "refuse the files",
		"is not uploaded\nends in 9 days, --min-days wants 10\n"},
	};

	(void)state;
	for (size_t i = 0; i < COUNTOF(rows); i++) {
		const struct status_row *row;
		struct world world;

		begin(&world, rows[i].secret);
		world.cfg.min_days = rows[i].min_days;
		world.deployment.want.not_after = NOW + rows[i].left;
		if (rows[i].used)
			add_listener(&world, "l1", "c");
		make(&world);
		row = &world.status.items[0];
		assert_int_equal(row->days, rows[i].days);
		assert_string_equal(row->would, rows[i].would);
		assert_string_equal(buf_text(&row->why), rows[i].why);
		assert_int_equal(status_needs_attention(&world.status),
		    rows[i].why[0] != '\0');
		end(&world);
	}
}

static void
versions_in_use_need_attention_when_older_or_expired(void **state)
{
	static const struct {
		const char *current, *name, *why;
	} rows[] = {
	    {"c", "www.20261220.0123456789ab",
		"is in use, though a newer version is there\n"},
	    {"c", "www.20261130.0123456789ab",
		"has expired, and is in use\n"
		"is in use, though a newer version is there\n"},
	    {"c", "www.20270101.0123456789ab", ""},
	    {"c", NAME, ""},
	    {"c", "api.20261201.0123456789ab", ""},
	    {"c", "api.20261130.0123456789ab", "has expired, and is in use\n"},
	    {"", "www.20261220.0123456789ab", ""},
	};

	(void)state;
	for (size_t i = 0; i < COUNTOF(rows); i++) {
		struct world world;

		begin(&world, rows[i].current);
		add_secret(&world, "v", rows[i].name);
		make(&world);
		assert_int_equal(world.status.items[1].why.len, 0);
		add_listener(&world, "l1", "v");
		make(&world);
		assert_string_equal(
		    buf_text(&world.status.items[1].why), rows[i].why);
		end(&world);
	}
}

static void
what_a_run_would_do(void **state)
{
	static const struct {
		enum plan_action action;
		size_t listeners, pools;
		bool surplus;
		const char *would;
	} rows[] = {
	    {PLAN_REUSE, 0, 0, false, "nothing"},
	    {PLAN_REUSE, 1, 0, false, "switch 1 listener"},
	    {PLAN_REUSE, 0, 2, true, "switch 2 pools and delete old versions"},
	    {PLAN_CREATE, 2, 1, false,
		"create and switch 2 listeners and switch 1 pool"},
	    {PLAN_WAIT, 0, 0, false, "wait for another create and create"},
	};

	(void)state;
	for (size_t i = 0; i < COUNTOF(rows); i++) {
		struct change changes[4] = {{0}};
		struct world world;

		begin(&world, rows[i].action == PLAN_REUSE ? "c" : "");
		world.deployment.result.plan.action = rows[i].action;
		world.deployment.rollout.changes = changes;
		world.deployment.rollout.change_count =
		    rows[i].listeners + rows[i].pools;
		world.deployment.rollout.had_surplus = rows[i].surplus;
		for (size_t c = 0; c < rows[i].pools; c++)
			changes[c].kind = REFERRER_POOL;
		make(&world);
		assert_string_equal(world.status.items[0].would, rows[i].would);
		end(&world);
	}
}

static void
failures_are_rows_unless_no_place_is_seen(void **state)
{
	struct world world;

	(void)state;
	begin(&world, "c");
	world.deployment.result.plan.name[0] =
	    world.deployment.result.secret[0] = '\0';
	fail_set(&world.deployment.result.fail, FAIL_INPUT, "no key");
	make(&world);
	assert_int_equal(world.status.count, 2);
	assert_int_equal(world.status.items[0].state, STATUS_FAILED);
	assert_int_equal(world.status.items[0].fail.code, FAIL_INPUT);
	assert_string_equal(buf_text(&world.status.items[0].why), "no key\n");
	assert_int_equal(world.status.items[1].state, STATUS_OTHER);
	assert_int_equal(world.status.fail.code, FAIL_NONE);

	fail_set(&world.target.fail, FAIL_AUTH, "no way");
	make(&world);
	assert_string_equal(
	    buf_text(&world.status.items[0].why), "no key\nno way\n");
	assert_int_equal(world.status.fail.code, FAIL_AUTH);

	/* The place's failure is the deployment's as well: it is told once. */
	world.deployment.result.fail = world.target.fail;
	make(&world);
	assert_string_equal(buf_text(&world.status.items[0].why), "no way\n");
	end(&world);
}

static void
one_place_in_two_spellings_is_told_once(void **state)
{
	struct world world;
	struct deployment deployments[2];
	struct target targets[2];
	struct secret other = {.id = "o", .name = "api.20270101.0123456789ab"};

	(void)state;
	begin(&world, "c");
	add_secret(&world, "v", "www.20261220.0123456789ab");
	assert_true(secret_list_add(&world.target.known, &other));
	for (size_t i = 0; i < 2; i++) {
		deployments[i] = world.deployment;
		targets[i] = world.target;
		deployments[i].target = &targets[i];
	}
	world.batch.deployments = deployments;
	world.batch.count = 2;
	world.batch.targets = (struct target_list){targets, 2};
	make(&world);
	assert_int_equal(world.status.count, 4);
	assert_string_equal(world.status.items[0].id, "c");
	assert_string_equal(world.status.items[1].id, "v");
	assert_string_equal(world.status.items[2].id, "c");
	assert_string_equal(world.status.items[3].id, "o");
	end(&world);
}

static void
assert_printable(const struct buf *text)
{
	for (size_t i = 0; i < text->len; i++)
		assert_true(text->data[i] == '\n' || text->data[i] == '\t' ||
			    (text->data[i] >= ' ' && text->data[i] < 0x7f));
}

static void
hostile_names_are_harmless_in_both_reports_of_status(void **state)
{
	struct balancer balancer = {.id = "b1", .name = "lb\x1b[2J\xff"};
	struct referrer referrer =
	    referrer_of("l1", "web\n! all is \xe2\x80\xaewell", "c");
	struct buf out = {0};
	struct world world;
	struct fail fail;

	(void)state;
	begin(&world, "c");
	world.cfg.title = "\x1b[2J";
	assert_true(referrer_list_add(
	    &world.target.poll.inventory.referrers, &referrer));
	assert_true(balancer_list_add(
	    &world.target.poll.inventory.balancers, &balancer));
	make(&world);
	assert_true(report_status(&world.cfg, &world.status, &out, &fail));
	assert_string_equal(buf_text(&out),
	    "SECTION  NAME                       DAYS  STATE    USED BY\n"
	    "\\x1b[2J  www.20261224.0123456789ab  23    current  listener "
	    "web\\x0a! all is \\u{202E}well of balancer lb\\x1b[2J\\xff "
	    "(default)\n");
	buf_clear(&out);
	world.cfg.json = true;
	assert_true(report_status(&world.cfg, &world.status, &out, &fail));
	assert_printable(&out);
	buf_clear(&out);
	end(&world);
}

static void
hostile_names_are_harmless_in_the_report_of_a_run(void **state)
{
	struct change change = {.id = "l1", .name = "\"web\"\n\x1b[2J\xff\xe2"};
	struct buf out = {0};
	struct world world;
	struct fail fail;

	(void)state;
	begin(&world, "");
	world.deployment.result.status = RESULT_PLANNED;
	world.deployment.rollout.changes = &change;
	world.deployment.rollout.change_count = 1;
	assert_true(
	    report_write(&world.cfg, &world.deployment, 1, &out, &fail));
	assert_string_equal(buf_text(&out),
	    "would create secret " NAME "\n"
	    "would switch listener \"web\"\\x0a\\x1b[2J\\xff\\xe2 to it\n");
	buf_clear(&out);
	world.cfg.json = true;
	assert_true(
	    report_write(&world.cfg, &world.deployment, 1, &out, &fail));
	assert_printable(&out);
	assert_non_null(strstr(
	    buf_text(&out), "\"\\\"web\\\"\\\\x0a\\\\x1b[2J\\\\xff\\\\xe2\""));
	buf_clear(&out);
	end(&world);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(versions_are_told_by_name_the_newest_first),
	    cmocka_unit_test(days_and_reasons_of_files),
	    cmocka_unit_test(
		versions_in_use_need_attention_when_older_or_expired),
	    cmocka_unit_test(what_a_run_would_do),
	    cmocka_unit_test(failures_are_rows_unless_no_place_is_seen),
	    cmocka_unit_test(one_place_in_two_spellings_is_told_once),
	    cmocka_unit_test(
		hostile_names_are_harmless_in_both_reports_of_status),
	    cmocka_unit_test(hostile_names_are_harmless_in_the_report_of_a_run),
	};

	wire_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
