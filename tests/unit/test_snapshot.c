/* Files that are being replaced, and those that stay. */
#include "unit.h"

#include "app/snapshot.h"

#define NOW 1000000

static struct stat
file(unsigned inode, int64_t size, int64_t seconds, long nanoseconds)
{
	struct stat file = {.st_dev = 1,
	    .st_ino = inode,
	    .st_size = size,
	    .st_mtim = {seconds, nanoseconds}};

	return file;
}

static bool
is_moving(const struct stat *before, const struct stat *after)
{
	struct snapshot one = {0}, two = {0};
	struct stat other = file(9, 9, NOW - 60, 9);

	snapshot_add(&one, &other, NOW);
	snapshot_add(&one, before, NOW);
	snapshot_add(&two, &other, NOW);
	snapshot_add(&two, after, NOW);
	return snapshot_is_moving(&one, &two);
}

static void
fresh_files_may_change_again(void **state)
{
	static const struct {
		int64_t age;
		bool moving;
	} rows[] = {
	    {0, true},
	    {1, true},
	    {2, true},
	    {3, false},
	    {3600, false},
	    {NOW, false},
	    {-1, true},
	    {-2, true},
	    {-3, false},
	    {-NOW, false},
	};

	(void)state;
	for (size_t i = 0; i < COUNTOF(rows); i++) {
		struct stat one = file(1, 1, NOW - rows[i].age, 0);

		assert_int_equal(is_moving(&one, &one), rows[i].moving);
	}
}

static void
files_that_changed_may_change_again(void **state)
{
	const struct stat old = file(1, 10, 5000, 7), none = {0};
	const struct stat others[] = {file(2, 10, 5000, 7),
	    file(1, 11, 5000, 7), file(1, 10, 5001, 7), file(1, 10, 5000, 8),
	    none};

	(void)state;
	assert_false(is_moving(&old, &old));
	assert_false(is_moving(&none, &none));
	for (size_t i = 0; i < COUNTOF(others); i++) {
		assert_true(is_moving(&old, &others[i]));
		assert_true(is_moving(&others[i], &old));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(fresh_files_may_change_again),
	    cmocka_unit_test(files_that_changed_may_change_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
