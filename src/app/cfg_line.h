/* Values as the user gave them, each with the place it came from. */
#ifndef APP_CFG_LINE_H
#define APP_CFG_LINE_H

#include "app/cfg_keys.h"

/* An option, a variable, or "key = value" of a file. The texts must stay. */
struct cfg_line {
	const struct cfg_key *key;
	const char *value;  /* NULL: an option that takes none */
	const char *source; /* file or variable; NULL: the command line */
	unsigned number;    /* of the line in the file; 0: not of a file */
};

/* {0} is empty. */
struct cfg_lines {
	struct cfg_line *items;
	size_t count, cap;
};

bool cfg_lines_add(struct cfg_lines *lines, const struct cfg_line *line,
    struct fail *fail) MUST_CHECK;
void cfg_lines_clear(struct cfg_lines *lines);

/* The place: "FILE:LINE: key", the name of the variable, or "--key". */
void cfg_line_where(const struct cfg_line *line, char *text, size_t size);

/* Put the place before the fact. Always false. */
bool cfg_line_fail(const struct cfg_line *line, struct fail *fail);

/* Set it in `cfg`. FAIL_USAGE names the place. */
bool cfg_line_set(
    const struct cfg_line *line, struct cfg *cfg, struct fail *fail) MUST_CHECK;

/* Set all of them, up to the first that fails. */
bool cfg_lines_set(const struct cfg_lines *lines, struct cfg *cfg,
    struct fail *fail) MUST_CHECK;

/* The lines that settings are made of, later layers first. */
enum cfg_layer {
	CFG_COMMON,  /* lines of the file before all sections */
	CFG_ENV,     /* environment */
	CFG_SECTION, /* lines of a section */
	CFG_ARGS,    /* options */
	CFG_LAYERS
};
struct cfg_layers {
	struct cfg_lines of[CFG_LAYERS];
};

/* The line that counts for the member at offset `at` of struct cfg: of a list
 * the last. NULL: none. */
const struct cfg_line *cfg_layers_find(
    const struct cfg_layers *layers, size_t at);

#endif
