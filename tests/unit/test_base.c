/* The words used everywhere: text, fail, buf, file. */
#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/fail.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"

static void
text_of_others_is_made_safe(void **state)
{
	static const struct {
		const char *in, *out;
		size_t size;
	} rows[] = {
	    {"plain", "plain", 64},
	    {"a\nb\tc\033[2J", "a\\x0ab\\x09c\\x1b[2J", 64},
	    {"gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f", 64},
	    {"\xe2\x80\xaeltr", "\\u{202E}ltr", 64},
	    {"\xc2\x9b", "\\u{9B}", 64},
	    {"\xff\xc3", "\\xff\\xc3", 64},
	    {"\xc0\xaf", "\\xc0\\xaf", 64},
	    {"\xed\xa0\x80", "\\xed\\xa0\\x80", 64},
	    {"12345678", "1234...", 8},
	    {"1234567", "1234567", 8},
	    {"12\n45678", "12...", 8},
	    {"abc", "", 1},
	    {"abc", "", 2},
	};

	(void)state;
	for (size_t i = 0; i < COUNTOF(rows); i++) {
		char out[64];

		text_clean(out, rows[i].size, rows[i].in, strlen(rows[i].in));
		assert_string_equal(out, rows[i].out);
	}
}

static void
distance_counts_edits(void **state)
{
	static const struct {
		const char *a, *b;
		unsigned distance;
	} rows[] = {
	    {"", "", 0},
	    {"chain", "chain", 0},
	    {"chian", "chain", 1},
	    {"key", "keys", 1},
	    {"cret", "cert", 1},
	    {"region", "project", 6},
	};

	(void)state;
	for (size_t i = 0; i < COUNTOF(rows); i++)
		assert_int_equal(
		    text_distance(rows[i].a, rows[i].b), rows[i].distance);
}

static void
a_failure_says_where_and_what_next(void **state)
{
	struct fail fail = {0};

	(void)state;
	assert_false(fail_set(&fail, FAIL_INPUT, "is %s", "empty\n"));
	assert_false(fail_in(&fail, "server.key"));
	assert_false(fail_hint(&fail, "name another"));
	assert_string_equal(fail.text, "server.key: is empty\\x0a");
	assert_string_equal(fail.hint, "name another");
	assert_int_equal(fail.code, 3);
	fail_set(&fail, FAIL_AUTH, "new");
	assert_string_equal(fail.hint, "");
}

static void
a_failure_that_is_cut_stays_clean(void **state)
{
	char fact[2 * sizeof(((struct fail *)0)->text)] = "";

	(void)state;
	while (strlen(fact) + 3 < sizeof(fact))
		strcat(fact, "\xc3\xbc");
	for (int len = 1; len < 16; len++) {
		struct fail fail;
		char clean[4 * sizeof(fail.text)];

		fail_set(&fail, FAIL_INPUT, "%s", fact);
		fail_in(&fail, "%.*s", len, "/etc/ssl/private");
		text_clean(clean, sizeof(clean), fail.text, strlen(fail.text));
		assert_string_equal(fail.text, clean);
	}
}

static void
a_buffer_never_passes_its_maximum(void **state)
{
	CLEANUP(buf_clear) struct buf buf = {.max = 10};
	struct fail fail;

	(void)state;
	assert_string_equal(buf_text(&buf), "");
	assert_true(buf_append(&buf, "12345", 5, &fail));
	assert_true(buf_printf(&buf, &fail, "%d", 67890));
	assert_string_equal(buf_text(&buf), "1234567890");
	assert_false(buf_append(&buf, "x", 1, &fail));
	assert_int_equal(fail.code, FAIL_INPUT);
	assert_string_equal(buf_text(&buf), "1234567890");
}

static void
a_freed_block_is_wiped_when_it_moves(void **state)
{
	char *block = mem_alloc(16), *moved;

	(void)state;
	assert_non_null(block);
	memcpy(block, "fifteen letters", 16);
	moved = mem_realloc(block, 4096);
	assert_non_null(moved);
	assert_string_equal(moved, "fifteen letters");
	mem_free(moved);
}

static void
an_array_grows_item_by_item_and_never_past_what_can_be(void **state)
{
	CLEANUP(mem_freep) int *items = NULL;
	size_t cap = 0, huge = SIZE_MAX / 4 + 1;
	int *before;

	(void)state;
	for (int i = 0; i < 100; i++) {
		assert_true(
		    array_grow(&items, (size_t)i, &cap, sizeof(*items)));
		assert_true(cap > (size_t)i);
		items[i] = i;
	}
	for (int i = 0; i < 100; i++)
		assert_int_equal(items[i], i);
	before = items;
	assert_false(array_grow(&items, huge, &huge, sizeof(*items)));
	assert_ptr_equal(items, before);
	assert_true(huge == SIZE_MAX / 4 + 1);
}

static void
write_file(const char *path, const char *text, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static void
files_are_read_whole_or_refused(void **state)
{
	char dir[] = "/tmp/certupload-test.XXXXXX";
	struct fail fail;
	static const struct {
		const char *name;
		mode_t mode;
		bool secret;
		size_t max;
		bool good;
		const char *says;
	} rows[] = {
	    {"a", 0600, true, 0, true, ""},
	    {"a", 0644, false, 0, true, ""},
	    {"a", 0604, true, 0, false, "mode 0604"},
	    {"a", 0620, true, 0, false, "mode 0620"},
	    {"a", 0600, false, 5, true, ""},
	    {"a", 0600, false, 4, false, "larger than 4 bytes"},
	    {"none", 0, false, 0, false, "No such file"},
	    {".", 0, false, 0, false, "is a directory"},
	};

	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_int_equal(chdir(dir), 0);
	for (size_t i = 0; i < COUNTOF(rows); i++) {
		CLEANUP(buf_clear) struct buf buf = {.max = rows[i].max};
		bool good;

		if (rows[i].mode != 0)
			write_file(rows[i].name, "12345", rows[i].mode);
		good = rows[i].secret
			   ? file_read_secret(rows[i].name, &buf, &fail)
			   : file_read(rows[i].name, &buf, NULL, &fail);
		assert_int_equal(good, rows[i].good);
		assert_string_equal(buf_text(&buf), good ? "12345" : "");
		if (!good)
			assert_non_null(strstr(fail.text, rows[i].says));
	}
	unlink("a");
	assert_int_equal(chdir("/"), 0);
	assert_int_equal(rmdir(dir), 0);
}

static void
files_are_written_whole_and_never_by_accident(void **state)
{
	char dir[] = "/tmp/certupload-test.XXXXXX";
	CLEANUP(buf_clear) struct buf buf = {0}, back = {0};
	struct fail fail;
	struct stat st;

	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_int_equal(chdir(dir), 0);
	assert_true(buf_append(&buf, "new", 3, &fail));
	assert_true(file_write("b", false, &buf, &fail));
	assert_int_equal(stat("b", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(st.st_nlink, 1);
	assert_false(file_write("b", false, &buf, &fail));
	assert_non_null(strstr(fail.text, "exists"));
	assert_true(buf_append(&buf, "er", 2, &fail));
	assert_true(file_write("b", true, &buf, &fail));
	assert_true(file_read_secret("b", &back, &fail));
	assert_string_equal(buf_text(&back), "newer");
	assert_false(file_write("no/such/folder", false, &buf, &fail));
	unlink("b");
	assert_int_equal(chdir("/"), 0);
	assert_int_equal(rmdir(dir), 0);
}

static void
times_are_spelt_as_the_api_spells_them(void **state)
{
	char text[CLOCK_ISO_SIZE];

	(void)state;
	clock_iso(1782912816, text);
	assert_string_equal(text, "2026-07-01T13:33:36");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(text_of_others_is_made_safe),
	    cmocka_unit_test(distance_counts_edits),
	    cmocka_unit_test(a_failure_says_where_and_what_next),
	    cmocka_unit_test(a_failure_that_is_cut_stays_clean),
	    cmocka_unit_test(a_buffer_never_passes_its_maximum),
	    cmocka_unit_test(a_freed_block_is_wiped_when_it_moves),
	    cmocka_unit_test(
		an_array_grows_item_by_item_and_never_past_what_can_be),
	    cmocka_unit_test(files_are_read_whole_or_refused),
	    cmocka_unit_test(files_are_written_whole_and_never_by_accident),
	    cmocka_unit_test(times_are_spelt_as_the_api_spells_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
