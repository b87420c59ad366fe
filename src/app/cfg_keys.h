/* The table of settings: options, configuration keys, environment variables
 * and the help are all made of it. */
#ifndef APP_CFG_KEYS_H
#define APP_CFG_KEYS_H

#include "app/cfg.h"

enum cfg_type {
	CFG_FLAG,   /* bool; without a value: true; else yes or no */
	CFG_COUNT,  /* int; without a value: one more */
	CFG_TEXT,   /* const char *, not empty */
	CFG_LIST,   /* struct cfg_list */
	CFG_NUMBER, /* int, 1 and more */
	CFG_CHOICE, /* int: the place among `choices` */
};

/* Where a key may stand; options take all. */
enum cfg_scope {
	CFG_CERT, /* in a section, and before all sections */
	CFG_RUN,  /* before all sections */
	CFG_CLI,  /* on the command line alone */
};

/* A row without a name is the title of a group. */
struct cfg_key {
	const char *name;
	char letter;
	enum cfg_type type;
	enum cfg_scope scope;
	size_t at;         /* in struct cfg */
	const char *value; /* its name in the help; NULL: takes none */
	const char *help;
	bool file;          /* a path; relative ones belong to the file */
	const char *env[2]; /* the first that is set counts */
	const char *const *choices;
	int most; /* CFG_NUMBER, CFG_COUNT */
	bool (*check)(const char *value, struct fail *fail); /* CFG_LIST */
};

#define CFG_KEYS_MAX 96 /* rows, at most */
extern const struct cfg_key cfg_keys[];
extern const size_t cfg_key_count;

/* The row of `name`, or NULL. */
const struct cfg_key *cfg_key_find(const char *name);

/* The key that `name` may have meant, or NULL. */
const char *cfg_key_nearest(const char *name);

/* Set it in `cfg`. `value`, which must stay, is NULL only for CFG_FLAG and
 * CFG_COUNT. FAIL_USAGE. */
bool cfg_key_set(struct cfg *cfg, const struct cfg_key *key, const char *value,
    struct fail *fail) MUST_CHECK;

#endif
