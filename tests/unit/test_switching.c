/* What gives way to what, where, and back again: by tables and at random. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "deploy/switching.h"
#include "deploy/versions.h"

#define RUNS unit_cases(100000)

/* --- short spellings ------------------------------------------------------ */

/* "a b c" as a list of ids. */
static struct id_list
ids(const char *text)
{
	struct id_list list = {0};
	char copy[256], *save = NULL;

	snprintf(copy, sizeof(copy), "%s", text);
	for (char *id = strtok_r(copy, " ", &save); id != NULL;
	     id = strtok_r(NULL, " ", &save))
		assert_true(id_list_add(&list, id));
	return list;
}

/* "default: further ones" */
static struct references
refs(const char *text)
{
	struct references has = {0};
	const char *colon = strchr(text, ':');

	snprintf(
	    has.secret, sizeof(has.secret), "%.*s", (int)(colon - text), text);
	has.sni = ids(colon + 1);
	return has;
}

static void
spell(const struct references *has, char *text, size_t size)
{
	size_t n = (size_t)snprintf(text, size, "%s:", has->secret);

	for (size_t i = 0; i < has->sni.count; i++)
		n += (size_t)snprintf(text + n, size - n, "%s%s",
		    i == 0 ? "" : " ", has->sni.items[i]);
}

static void
add_secret(struct secret_list *list, const char *id, const char *name,
    const char *created)
{
	struct secret secret = {.status = "ACTIVE"};

	snprintf(secret.id, sizeof(secret.id), "%s", id);
	snprintf(secret.name, sizeof(secret.name), "%s", name);
	snprintf(secret.created, sizeof(secret.created), "%s", created);
	assert_true(secret_list_add(list, &secret));
}

static void
add_referrer(struct referrer_list *list, const char *id, const char *name,
    const char *protocol, const char *has)
{
	struct referrer referrer = {.has = refs(has)};

	snprintf(referrer.id, sizeof(referrer.id), "%s", id);
	snprintf(referrer.name, sizeof(referrer.name), "%s", name);
	snprintf(referrer.protocol, sizeof(referrer.protocol), "%s", protocol);
	assert_true(referrer_list_add(list, &referrer));
}

/* --- edit ----------------------------------------------------------------- */

static void
only_our_entry_is_edited_in_its_place(void **state)
{
	static const struct {
		const char *now;
		unsigned how;
		const char *after;
	} rows[] = {
	    {"o1:a b", 0, "n:a b"},
	    {"x:a o1 b", 0, "x:a n b"},
	    {"o1:a o1 b", 0, "n:a n b"},
	    {"o1:a o2 b o1", 0, "n:a n b"},
	    {"x:a n o1", 0, "x:a n"},
	    {"x:a b", 0, "x:a b"},
	    {":", 0, ":"},
	    {"x:a o1", EDIT_DEFAULT, "n:a n"},
	    {"x:", EDIT_DEFAULT, "n:"},
	    {"n:", EDIT_DEFAULT, "n:"},
	    {"x:a", EDIT_SNI, "x:a n"},
	    {"x:o1 a", EDIT_SNI, "x:n a"},
	    {"o2:a", EDIT_SNI, "n:a n"},
	    {"x:n a", EDIT_SNI, "x:n a"},
	    {":", EDIT_DEFAULT | EDIT_SNI, "n:n"},
	};
	struct id_list older = ids("o1 o2");

	(void)state;
	for (size_t i = 0; i < COUNTOF(rows); i++) {
		struct references now = refs(rows[i].now), after = {0};
		struct edit edit = {rows[i].how, &older, "n"};
		char text[256];

		assert_true(edit_make(&now, &edit, &after));
		spell(&after, text, sizeof(text));
		assert_string_equal(text, rows[i].after);
		references_clear(&now);
		references_clear(&after);
	}
	id_list_clear(&older);
}

static void
the_way_back_keeps_what_others_did(void **state)
{
	static const struct {
		const char *before, *after, *now, *back;
	} rows[] = {
	    {"o:a b", "n:a b", "n:a b", "o:a b"},
	    {"x:a o b", "x:a n b", "x:a n b", "x:a o b"},
	    {"x:a o b", "x:a n b", "x:a f n b", "x:a f o b"},
	    {"x:a o b", "x:a n b", "x:b n", "x:b o"},
	    {"x:a", "x:a n", "x:a n", "x:a"},
	    {"x:a", "x:a n", "x:f a n", "x:f a"},
	    {"o:", "n:", "y:", "y:"},
	    {"o1:o1 a o2", "n:n a", "n:n a", "o1:o1 a o2"},
	    {"x:n o", "x:n", "x:n f", "x:n f o"},
	};

	(void)state;
	for (size_t i = 0; i < COUNTOF(rows); i++) {
		struct references before = refs(rows[i].before),
				  after = refs(rows[i].after),
				  now = refs(rows[i].now), back = {0};
		char text[256];

		assert_true(edit_undo(&before, &after, &now, &back));
		spell(&back, text, sizeof(text));
		assert_string_equal(text, rows[i].back);
		references_clear(&before);
		references_clear(&after);
		references_clear(&now);
		references_clear(&back);
	}
}

/* A list of at most `most` of `kinds` different ids, none twice. */
static struct id_list
random_ids(int most, int kinds)
{
	struct id_list list = {0};

	for (int n = rand() % (most + 1); n > 0; n--) {
		char id[2] = {(char)('a' + rand() % kinds), '\0'};

		if (!id_list_contains(&list, id))
			assert_true(id_list_add(&list, id));
	}
	return list;
}

/* The ids of `list` that are none of `older` and not `but`, in order. */
static struct id_list
foreign(
    const struct id_list *list, const struct id_list *older, const char *but)
{
	struct id_list rest = {0};

	for (size_t i = 0; i < list->count; i++)
		if (!id_list_contains(older, list->items[i]) &&
		    strcmp(list->items[i], but) != 0)
			assert_true(id_list_add(&rest, list->items[i]));
	return rest;
}

static void
edits_keep_the_others_and_undo_is_the_identity(void **state)
{
	(void)state;
	unit_seed();
	for (int i = 0; i < RUNS; i++) {
		struct references now = {.sni = random_ids(8, 12)}, after = {0},
				  again = {0}, back = {0};
		struct id_list older = random_ids(4, 12), was, is;
		struct edit edit = {(unsigned)rand() % 4, &older, "new"};

		if (rand() % 3 > 0)
			snprintf(now.secret, sizeof(now.secret), "%c",
			    'a' + rand() % 12);
		assert_true(edit_make(&now, &edit, &after));
		for (size_t o = 0; o < older.count; o++)
			assert_false(references_hold(&after, older.items[o]));
		was = foreign(&now.sni, &older, "new");
		is = foreign(&after.sni, &older, "new");
		assert_true(id_list_equal(&was, &is));
		assert_true(edit_make(&after, &edit, &again));
		assert_true(edit_is_same(&after, &again));
		assert_true(edit_undo(&now, &after, &after, &back));
		assert_true(edit_is_same(&back, &now));
		id_list_clear(&was);
		id_list_clear(&is);
		id_list_clear(&older);
		references_clear(&now);
		references_clear(&after);
		references_clear(&again);
		references_clear(&back);
	}
}

/* --- which listeners ------------------------------------------------------ */

static void
listeners_are_found_by_id_or_name_and_refused_with_a_reason(void **state)
{
	static const struct {
		const char *listener, *sni;
		bool rotate;
		const char *chosen; /* names, or NULL: refused with ... */
		const char *text;
		bool mends;
	} rows[] = {
	    {"l1", NULL, false, "www:1 ", NULL},
	    {"www", NULL, false, "www:1 ", NULL},
	    {"www", "www", false, "www:3 ", NULL},
	    {NULL, "l1", true, "www:2 old:0 pool:0 held:0 ", NULL, true},
	    {NULL, NULL, true, "old:0 pool:0 held:0 ", NULL, true},
	    {NULL, NULL, true, NULL, "listener 'spoilt' is in ERROR"},
	    {"done", NULL, false, "", NULL},
	    /* Who holds the lock may be changing it. */
	    {"held", NULL, false, "held:1 ", NULL},
	    {"nobody", NULL, false, NULL, "there is no listener 'nobody'"},
	    {"twice", NULL, false, NULL, "2 listeners are called 'twice'"},
	    {"tcp", NULL, false, NULL, "listener 'tcp' speaks TCP"},
	    {"pool", NULL, false, NULL, "there is no listener 'pool'"},
	    {"broken", NULL, false, NULL, "listener 'broken' is in ERROR"},
	    {"broken", NULL, false, "broken:1 ", NULL, true},
	    {"spoilt", NULL, false, NULL, "listener 'spoilt' is in ERROR"},
	    {"spoilt", NULL, false, "", NULL, true},
	};
	struct referrer_list referrers = {0};
	struct id_list older = ids("o1 o2");

	(void)state;
	add_referrer(&referrers, "l1", "www", "TERMINATED_HTTPS", "x:a");
	add_referrer(&referrers, "l2", "old", "TERMINATED_HTTPS", "x:o1 a");
	add_referrer(&referrers, "l3", "done", "PROMETHEUS", "n:");
	add_referrer(&referrers, "l4", "twice", "TERMINATED_HTTPS", "x:");
	add_referrer(&referrers, "l5", "twice", "TERMINATED_HTTPS", "x:");
	add_referrer(&referrers, "l6", "tcp", "TCP", ":");
	add_referrer(&referrers, "l7", "broken", "TERMINATED_HTTPS", "x:");
	strcpy(referrers.items[6].status, "ERROR");
	add_referrer(&referrers, "p1", "pool", "HTTPS", "o2:");
	referrers.items[7].kind = REFERRER_POOL;
	add_referrer(&referrers, "l8", "spoilt", "TERMINATED_HTTPS", "n:");
	strcpy(referrers.items[8].status, "ERROR");
	add_referrer(&referrers, "l9", "held", "TERMINATED_HTTPS", "n:");
	strcpy(referrers.items[9].task, "t");
	for (size_t i = 0; i < COUNTOF(rows); i++) {
		struct switching_want want = {
		    .listeners = {&rows[i].listener, rows[i].listener != NULL},
		    .sni = {&rows[i].sni, rows[i].sni != NULL},
		    .rotate = rows[i].rotate,
		    .mends = rows[i].mends,
		    .older = &older,
		    .wanted = "n"};
		struct switching_list list = {0};
		struct fail fail = {0};
		char text[256] = "";

		assert_int_equal(
		    switching_choose(&want, &referrers, &list, &fail),
		    rows[i].chosen != NULL);
		for (size_t c = 0; c < list.count; c++) {
			strcat(text, list.items[c].referrer->name);
			strcat(text, (const char *[]){":0 ", ":1 ", ":2 ",
					 ":3 "}[list.items[c].how]);
		}
		if (rows[i].chosen != NULL)
			assert_string_equal(text, rows[i].chosen);
		else
			assert_string_equal(fail.text, rows[i].text);
		switching_list_clear(&list);
	}
	referrer_list_clear(&referrers);
	id_list_clear(&older);
}

/* --- versions ------------------------------------------------------------- */

/* Midnight after so many days of 2025. */
#define DAYS_2025(days) (1735689600 + (int64_t)(days)*CLOCK_DAY)

#define NAME(day, hex) "www." day "." hex "00000000000"

static struct secret_list
some_versions(void)
{
	struct secret_list list = {0};

	add_secret(&list, "v1", NAME("20260101", "1"), "2025-10-01T00:00:00");
	add_secret(&list, "v3", NAME("20260301", "3"), "2025-12-01T00:00:00");
	add_secret(&list, "v2", NAME("20260201", "2"), "2025-11-01T00:00:00");
	add_secret(&list, "d3", NAME("20260301", "3"), "2025-12-01T00:00:09");
	add_secret(&list, "x", "api.20250101.100000000000", "");
	add_secret(&list, "y", "www", "");
	return list;
}

static void
older_versions_are_told_by_end_then_by_creation(void **state)
{
	static const struct {
		const char *name, *wanted, *older;
		int64_t issued;
	} rows[] = {
	    {NAME("20260401", "4"), "", "v1 v3 v2 d3", 0},
	    {NAME("20260215", "4"), "", "v1 v2", 0},
	    {NAME("20260201", "4"), "", "v1 v2", 0},
	    {NAME("20260301", "3"), "v3", "v1 v2 d3", 0},
	    {NAME("20260301", "3"), "d3", "v1 v3 v2", 0},
	    {NAME("20260101", "1"), "v1", "", 0},
	    {"api.20260401.400000000000", "", "x", 0},
	    {"other.20260401.400000000000", "", "", 0},
	    /* Of a shorter life, issued on the first day after an upload; v3
	     * was uploaded on the day on which the last one was issued. */
	    {NAME("20251210", "4"), "", "v1", DAYS_2025(274)},
	    {NAME("20251210", "4"), "", "v1 v2", DAYS_2025(305)},
	    {NAME("20251210", "4"), "", "v1 v2", DAYS_2025(334)},
	};
	struct secret_list list = some_versions();

	(void)state;
	for (size_t i = 0; i < COUNTOF(rows); i++) {
		struct references all = {0};
		char text[256];

		assert_true(versions_older(&list, rows[i].name, rows[i].wanted,
		    rows[i].issued, &all.sni));
		spell(&all, text, sizeof(text));
		assert_string_equal(text + 1, rows[i].older);
		references_clear(&all);
	}
	secret_list_clear(&list);
}

static void
what_is_used_or_new_or_foreign_is_not_surplus(void **state)
{
	static const struct {
		const char *used, *wanted;
		size_t keep;
		const char *surplus, *older;
	} rows[] = {
	    {"x:", "v3", 1, "v2 v1 d3", "v1 v2 d3"},
	    {"x:", "v3", 2, "v1 d3", "v1 v2 d3"},
	    {"x:", "v3", 3, "d3", "v1 v2 d3"},
	    {"v1:", "v3", 1, "v2 d3", "v1 v2 d3"},
	    {"x:a v2", "v3", 1, "v1 d3", "v1 v2 d3"},
	    {"x:d3", "v3", 1, "v1 v2", "v1 v2 d3"},
	    {"x:", "v1", 1, "v2 d3", ""},
	    {"x:", "v1", 1, "v2 v3 d3", "v2 v3"},
	    {"x:", "v1", 2, "v2 d3", "v2 v3"},
	};

	(void)state;
	for (size_t i = 0; i < COUNTOF(rows); i++) {
		struct inventory have = {.secrets = some_versions()};
		struct id_list surplus = {0}, wanted = ids(rows[i].surplus);
		struct id_list older = ids(rows[i].older);
		struct versions_kept kept = {
		    "www", rows[i].wanted, &older, rows[i].keep};

		add_referrer(&have.referrers, "l", "l", "TERMINATED_HTTPS",
		    rows[i].used);
		assert_true(versions_surplus(&have, &kept, &surplus));
		assert_int_equal(surplus.count, wanted.count);
		for (size_t w = 0; w < wanted.count; w++)
			assert_true(
			    id_list_contains(&surplus, wanted.items[w]));
		id_list_clear(&surplus);
		id_list_clear(&wanted);
		id_list_clear(&older);
		inventory_clear(&have);
	}
}

static void
the_way_back_is_the_newest_older_one_that_is_valid(void **state)
{
	static const struct {
		const char *used, *today, *current, *target, *text;
	} rows[] = {
	    {"v3:", "20251231", "v3", "v2", NULL},
	    {"d3:", "20251231", "d3", "v2", NULL},
	    {"v2:", "20251231", "v2", "v1", NULL},
	    {"x:a v2 v3", "20251231", "v3", "v2", NULL},
	    {"v3:", "20260131", "v3", "v2", NULL},
	    {"v3:", "20260201", NULL, NULL, "no older version that is still"},
	    {"v1:", "20251231", NULL, NULL, "no older version that is still"},
	    {"x:", "20251231", NULL, NULL, "uses a version of www"},
	};

	(void)state;
	for (size_t i = 0; i < COUNTOF(rows); i++) {
		struct inventory have = {.secrets = some_versions()};
		struct versions_way way;
		struct fail fail;

		add_referrer(&have.referrers, "l", "l", "TERMINATED_HTTPS",
		    rows[i].used);
		if (versions_back(&have, "www", rows[i].today, &way, &fail)) {
			assert_null(rows[i].text);
			assert_string_equal(way.current->id, rows[i].current);
			assert_string_equal(way.target->id, rows[i].target);
		} else {
			assert_non_null(rows[i].text);
			assert_non_null(strstr(fail.text, rows[i].text));
		}
		inventory_clear(&have);
	}
}

/* Any state: what a run leaves is used and kept, what it deletes is not. */
static void
nothing_that_will_be_used_is_deleted(void **state)
{
	(void)state;
	unit_seed();
	for (int i = 0; i < RUNS / 10; i++) {
		struct inventory have = {0};
		struct secret_list *list = &have.secrets;
		struct referrer_list *referrers = &have.referrers;
		struct id_list older = {0}, surplus = {0};
		struct versions_kept kept = {"www", "s0", &older, 0};
		size_t count = 1 + (size_t)rand() % 6;
		char name[64], id[8], has[32];

		for (size_t s = 0; s < count; s++) {
			snprintf(id, sizeof(id), "s%zu", s);
			snprintf(name, sizeof(name), "%s.202601%02d.%012x",
			    rand() % 4 ? "www" : "api", 1 + rand() % 5,
			    (unsigned)rand() % 3);
			add_secret(list, id, name, rand() % 2 ? "1" : "2");
		}
		for (int r = rand() % 4; r > 0; r--) {
			snprintf(has, sizeof(has), "s%d:f s%d",
			    rand() % (int)count, rand() % (int)count);
			add_referrer(
			    referrers, "l", "l", "TERMINATED_HTTPS", has);
		}
		assert_true(
		    versions_older(list, list->items[0].name, "s0", 0, &older));
		for (size_t r = 0; r < referrers->count; r++) {
			struct edit edit = {0, &older, "s0"};
			struct references after = {0};

			assert_true(
			    edit_make(&referrers->items[r].has, &edit, &after));
			references_clear(&referrers->items[r].has);
			referrers->items[r].has = after;
		}
		kept.keep = 1 + (size_t)rand() % 3;
		assert_true(versions_surplus(&have, &kept, &surplus));
		assert_false(id_list_contains(&surplus, "s0"));
		for (size_t s = 0; s < surplus.count; s++) {
			assert_false(
			    versions_is_used(referrers, surplus.items[s]));
			assert_true(version_is_of(
			    secret_find_id(list, surplus.items[s]), "www"));
		}
		id_list_clear(&older);
		id_list_clear(&surplus);
		inventory_clear(&have);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(only_our_entry_is_edited_in_its_place),
	    cmocka_unit_test(the_way_back_keeps_what_others_did),
	    cmocka_unit_test(edits_keep_the_others_and_undo_is_the_identity),
	    cmocka_unit_test(
		listeners_are_found_by_id_or_name_and_refused_with_a_reason),
	    cmocka_unit_test(older_versions_are_told_by_end_then_by_creation),
	    cmocka_unit_test(what_is_used_or_new_or_foreign_is_not_surplus),
	    cmocka_unit_test(
		the_way_back_is_the_newest_older_one_that_is_valid),
	    cmocka_unit_test(nothing_that_will_be_used_is_deleted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
