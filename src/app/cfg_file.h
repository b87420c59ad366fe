/* certupload.conf(5) -> its lines and sections, not yet judged. */
#ifndef APP_CFG_FILE_H
#define APP_CFG_FILE_H

#include "app/cfg_line.h"
#include "app/cfg_mistakes.h"
#include "app/cfg_sections.h"

struct cfg_file {
	struct cfg_lines common; /* before all sections */
	struct cfg_lines lines;  /* of the sections, one after the other */
	struct cfg_sections sections;
	struct cfg_text *texts; /* what the lines point to */
	struct cfg_mistakes *mistakes;
};

/*
 * Read `path`, which must stay, and what it includes into `file`, {0} but for
 * `mistakes`, which gets those of form, keys and values. False without memory
 * (FAIL_INTERNAL).
 */
bool cfg_file_read(
    struct cfg_file *file, const char *path, struct fail *fail) MUST_CHECK;

/* Forget everything but the texts, which the caller keeps. */
void cfg_file_clear(struct cfg_file *file);

/* The lines of a section; they belong to `file`. */
struct cfg_lines cfg_file_lines(
    const struct cfg_file *file, const struct cfg_section *section);

void cfg_texts_free(struct cfg_text *texts);

#endif
