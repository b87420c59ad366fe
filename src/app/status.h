/* What is there, where it is used and what needs attention: the content of
 * the report of --status. Pure. */
#ifndef APP_STATUS_H
#define APP_STATUS_H

#include "app/batch.h"

enum status_state {
	STATUS_CURRENT, /* what the files hold */
	STATUS_MISSING, /* what the files hold is not there */
	STATUS_SAME,    /* one more of the very same name */
	STATUS_OLDER,   /* a version before it */
	STATUS_NEWER,   /* a version after it */
	STATUS_OTHER,   /* belongs to none of the files that could be read */
	STATUS_FAILED,  /* the files, or the place, cannot be read */
};

/* As what a listener or pool uses a secret; bits. */
enum status_part {
	STATUS_DEFAULT = 1, /* a listener's default certificate */
	STATUS_SNI = 2,     /* one of its further ones */
	STATUS_MEMBERS = 4, /* a pool's, shown to its members */
	STATUS_CA = 8,      /* its bundle to check members by */
	STATUS_CRL = 16,    /* its revocation list */
};

/* Names are clean; "" where not told. */
struct status_use {
	enum referrer_kind kind;
	char id[MODEL_ID_SIZE];
	char name[MODEL_NAME_SIZE];
	char balancer_id[MODEL_ID_SIZE];
	char balancer[MODEL_NAME_SIZE];
	unsigned as; /* enum status_part */
};

/* A certificate of the configuration, or a secret of ours. */
struct status_row {
	const struct cfg *cfg; /* of a certificate of the configuration */
	enum status_state state;
	int64_t project, region;    /* 0: not known */
	char id[MODEL_ID_SIZE];     /* the secret's; "": not there */
	char name[MODEL_NAME_SIZE]; /* "": not known */
	bool is_dated;
	int days; /* UTC, until the day it ends; -1 and less: expired */
	struct status_use *uses;
	size_t use_count;

	/* Of a certificate of the configuration alone. */
	char would[160]; /* what a run would do: "create"; "": not known */
	enum { STATUS_NOT_ASKED, STATUS_SERVED, STATUS_UNSERVED } served;
	struct fail fail; /* code FAIL_NONE unless a run would fail */

	struct buf why; /* a line for each thing that needs attention */
};

struct status {
	struct status_row *items;
	size_t count, cap;
	struct fail fail; /* why no place at all could be seen */
};

/*
 * Fill the empty `status`, at `now` (seconds), by what the looks at the
 * targets of `batch` found: for each deployment what its files hold, then the
 * other versions of its name, the newest first; then all other secrets of our
 * naming. FAIL_INTERNAL.
 */
bool status_make(const struct batch *batch, int64_t now, struct status *status,
    struct fail *fail) MUST_CHECK;
void status_clear(struct status *status);

/* Does anything need attention? */
bool status_needs_attention(const struct status *status);

#endif
