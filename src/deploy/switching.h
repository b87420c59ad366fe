/* Which listeners and pools are to be changed for a certificate. Pure. */
#ifndef DEPLOY_SWITCHING_H
#define DEPLOY_SWITCHING_H

#include "base/fail.h"
#include "deploy/edit.h"

/* Listeners by id or name. */
struct switching_names {
	const char *const *items;
	size_t count;
};

/* What is asked for. */
struct switching_want {
	struct switching_names listeners; /* as default */
	struct switching_names sni;       /* among the further ones */
	bool rotate;                      /* wherever one of `older` is used */
	bool mends;                       /* even what is in ERROR */
	const struct id_list *older;      /* older versions */
	const char *wanted; /* the secret's id; "": not there yet */
};

/* One of them; `referrer` points into what was searched. */
struct switching {
	const struct referrer *referrer;
	unsigned how; /* enum edit_how */
};

struct switching_list {
	struct switching *items;
	size_t count;
};

/*
 * Find them in `referrers`, each once, in the order of that list, in the
 * empty `list`. One that is as wanted is left out, unless it is locked: the
 * change under way may be that of a run before this one, on its way back.
 * FAIL_USAGE: there is no such listener, or more than one; it
 * takes no certificates. FAIL_REFUSED: one that is to have it is in ERROR.
 * FAIL_INTERNAL.
 */
bool switching_choose(const struct switching_want *want,
    const struct referrer_list *referrers, struct switching_list *list,
    struct fail *fail) MUST_CHECK;
void switching_list_clear(struct switching_list *list);

#endif
