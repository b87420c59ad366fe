/* The order of paths, and the bound of the work. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "pki/path.h"

#define NOW ((int64_t)1000000000)

static int64_t
days(int number)
{
	return NOW + (int64_t)number * CLOCK_DAY;
}

/* Which of two is preferred, whatever their order before. */
static void
assert_first(const struct path *first, const struct path *second, int min_days)
{
	for (int turned = 0; turned < 2; turned++) {
		struct path items[2] = {*first, *second};
		struct paths paths = {.items = items, .count = 2};

		if (turned) {
			items[0] = *second;
			items[1] = *first;
		}
		paths_sort(&paths, NOW, min_days);
		assert_int_equal(items[0].length, first->length);
		assert_int_equal(items[0].not_after, first->not_after);
		assert_memory_equal(items[0].issuers, first->issuers,
		    first->length * sizeof(first->issuers[0]));
	}
}

static void
paths_are_preferred_in_one_order(void **state)
{
	static const struct path none = {
	    .not_before = INT64_MIN, .not_after = INT64_MAX};
	struct path longest = {{3, 4}, 2, .not_after = days(50)};
	struct path lasting = {{5}, 1, .not_after = days(60)};
	struct path later = {{6}, 1, .not_after = days(61)};
	struct path expired = {{1, 2, 3}, 3, .not_after = NOW - 1};
	struct path early = {
	    {1, 2, 3}, 3, .not_before = NOW + 1, .not_after = days(100)};
	struct path last_second = {{1, 2, 3}, 3, .not_after = NOW};
	struct path same = {{3, 5}, 2, .not_after = days(50)};

	(void)state;
	assert_first(&longest, &lasting, 0);
	assert_first(&longest, &lasting, 50);
	assert_first(&lasting, &longest, 51);
	assert_first(&later, &lasting, 0);
	assert_first(&longest, &same, 0);
	assert_first(&longest, &none, 50);
	assert_first(&none, &longest, 51);
	assert_first(&none, &expired, 0);
	assert_first(&none, &early, 0);
	assert_first(&last_second, &none, 0);
}

static void
work_ends_at_its_bound(void **state)
{
	struct path path = {.work = PATH_WORK_MOST / 2};
	struct paths paths = {0};

	(void)state;
	assert_true(paths_spend(&paths, &path));
	assert_true(paths_spend(&paths, &path));
	assert_int_equal(paths.doubt.code, FAIL_NONE);
	path.work = 1;
	assert_false(paths_spend(&paths, &path));
	assert_int_equal(paths.doubt.code, FAIL_INPUT);
	assert_int_equal(paths.work, PATH_WORK_MOST);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(paths_are_preferred_in_one_order),
	    cmocka_unit_test(work_ends_at_its_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
