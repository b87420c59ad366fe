/* The sections of all configuration files, found by their titles. */
#ifndef APP_CFG_SECTIONS_H
#define APP_CFG_SECTIONS_H

#include "base/fail.h"

struct cfg_section {
	const char *title; /* must stay, as `file` */
	const char *file;
	unsigned number;          /* of the line of its title */
	size_t first, line_count; /* its lines among those of all sections */
	bool is_named;            /* on the command line */
};

/* {0} is empty. */
struct cfg_sections {
	struct cfg_section *items; /* in the order of the files */
	size_t count, cap;
	size_t *slots; /* numbers of sections from 1, hashed by title */
	size_t slot_count;
};

/* Add one; of those that share a title the first is found. FAIL_INTERNAL. */
bool cfg_sections_add(struct cfg_sections *sections,
    const struct cfg_section *section, struct fail *fail) MUST_CHECK;
void cfg_sections_clear(struct cfg_sections *sections);

/* The section of this title, or NULL. */
struct cfg_section *cfg_sections_find(
    const struct cfg_sections *sections, const char *title);

#endif
