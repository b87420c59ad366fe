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

/*
 * What is `now`, with the secret `wanted` instead of those in `older`, in the
 * empty `after`. False without memory.
 */
bool edit_make(const struct references *now, unsigned how,
    const struct id_list *older, const char *wanted,
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
