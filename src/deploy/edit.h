/* What a listener or pool should refer to: only our entry is changed, in its
 * place; the others stay, in their order. Pure. */
#ifndef DEPLOY_EDIT_H
#define DEPLOY_EDIT_H

#include "gcore/model.h"

/* Bits; with none of them older versions give way where they are. */
enum edit_how {
	EDIT_DEFAULT = 1, /* it becomes the default certificate as well */
	EDIT_SNI = 2,     /* it is among the further ones as well */
};

struct edit {
	unsigned how;                /* enum edit_how */
	const struct id_list *older; /* give way to ... */
	const char *wanted;          /* ... this secret */
};

/* What is `now`, once edited, in the empty `after`. False without memory. */
bool edit_make(const struct references *now, const struct edit *edit,
    struct references *after) MUST_CHECK;

/*
 * The way back: an edit made `before` to `after`; what is `now`, with that
 * undone and what others did meanwhile kept, in the empty `back`. False
 * without memory.
 */
bool edit_undo(const struct references *before, const struct references *after,
    const struct references *now, struct references *back) MUST_CHECK;

bool edit_is_same(const struct references *a, const struct references *b);

#endif
