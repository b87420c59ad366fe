/* certupload.conf(5) -> its lines and sections, not yet judged. */
#ifndef APP_CFG_FILE_H
#define APP_CFG_FILE_H

#include "app/cfg_keys.h"

/* "key = value" somewhere. */
struct cfg_line {
	const struct cfg_key *key;
	const char *where; /* "FILE:LINE: key" */
	const char *value;
	size_t section; /* its number from 1; 0: before all */
};

struct cfg_section {
	const char *title;
	const char *where; /* "FILE:LINE" */
};

struct cfg_file {
	struct cfg_all *all; /* who keeps the texts */
	struct cfg_line *lines;
	size_t line_count, line_cap;
	struct cfg_section *sections;
	size_t section_count, section_cap;

	/* What is wrong, in the files and later in their values. */
	unsigned mistakes;
	struct fail first;
};

/*
 * Read `path` and what it includes into `file`, {0} but for `all`. Mistakes
 * are counted by cfg_file_mistake; false without memory (FAIL_INTERNAL).
 */
bool cfg_file_read(
    struct cfg_file *file, const char *path, struct fail *fail) MUST_CHECK;
void cfg_file_clear(struct cfg_file *file);

/* One more mistake. From the second on, each is logged. */
void cfg_file_mistake(struct cfg_file *file, const struct fail *mistake);

/* Were there any? Then fill `fail`: the only one, or their number. */
bool cfg_file_is_good(const struct cfg_file *file, struct fail *fail);

#endif
