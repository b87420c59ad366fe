#include "deploy/edit.h"

#include <stdio.h>
#include <string.h>

/* Once is enough. */
static bool
add_once(struct id_list *list, const char *id)
{
	return id_list_contains(list, id) || id_list_add(list, id);
}

static void
copy_one(char to[MODEL_ID_SIZE], const char from[MODEL_ID_SIZE])
{
	memcpy(to, from, MODEL_ID_SIZE);
}

static void
copy_rest(struct references *to, const struct references *from)
{
	copy_one(to->secret, from->secret);
	copy_one(to->ca, from->ca);
	copy_one(to->crl, from->crl);
}

bool
edit_make(const struct references *now, const struct edit *edit,
    struct references *after)
{
	const char *wanted = edit->wanted;

	copy_rest(after, now);
	if ((edit->how & EDIT_DEFAULT) != 0 ||
	    id_list_contains(edit->older, now->secret))
		snprintf(after->secret, sizeof(after->secret), "%s", wanted);
	for (size_t i = 0; i < now->sni.count; i++) {
		const char *id = now->sni.items[i];

		if (id_list_contains(edit->older, id)) {
			if (!add_once(&after->sni, wanted))
				return false;
		} else if (strcmp(id, wanted) == 0) {
			if (!add_once(&after->sni, id))
				return false;
		} else if (!id_list_add(&after->sni, id)) {
			return false;
		}
	}
	return (edit->how & EDIT_SNI) == 0 || add_once(&after->sni, wanted);
}

/* What the edit put into the list: the first that was not there before. */
static const char *
added(const struct id_list *before, const struct id_list *after)
{
	for (size_t i = 0; i < after->count; i++)
		if (!id_list_contains(before, after->items[i]))
			return after->items[i];
	return NULL;
}

/* Put back what the edit took out. */
static bool
add_removed(const struct id_list *before, const struct id_list *after,
    struct id_list *back)
{
	for (size_t i = 0; i < before->count; i++)
		if (!id_list_contains(after, before->items[i]) &&
		    !add_once(back, before->items[i]))
			return false;
	return true;
}

static bool
undo_sni(const struct id_list *before, const struct id_list *after,
    const struct id_list *now, struct id_list *back)
{
	const char *ours = added(before, after);

	if (id_list_equal(now, after))
		return id_list_copy(back, before);
	for (size_t i = 0; i < now->count; i++) {
		const char *id = now->items[i];
		bool good = ours != NULL && strcmp(id, ours) == 0
				? add_removed(before, after, back)
				: id_list_add(back, id);

		if (!good)
			return false;
	}
	return ours != NULL || add_removed(before, after, back);
}

bool
edit_undo(const struct references *before, const struct references *after,
    const struct references *now, struct references *back)
{
	copy_rest(back, now);
	if (strcmp(now->secret, after->secret) == 0)
		copy_one(back->secret, before->secret);
	return undo_sni(&before->sni, &after->sni, &now->sni, &back->sni);
}

bool
edit_is_same(const struct references *a, const struct references *b)
{
	return strcmp(a->secret, b->secret) == 0 && strcmp(a->ca, b->ca) == 0 &&
	       strcmp(a->crl, b->crl) == 0 && id_list_equal(&a->sni, &b->sni);
}
