#include "deploy/switching.h"

#include <string.h>

#include "base/mem.h"

/* What has a certificate of its own to show. */
static bool
takes_certificates(const struct referrer *referrer)
{
	return strcmp(referrer->protocol, "TERMINATED_HTTPS") == 0 ||
	       strcmp(referrer->protocol, "PROMETHEUS") == 0;
}

/* The only listener of this id or name. */
static bool
find(const struct referrer_list *referrers, const char *name,
    const struct referrer **found, struct fail *fail)
{
	size_t count = 0;

	for (size_t i = 0; i < referrers->count; i++) {
		const struct referrer *referrer = &referrers->items[i];
		bool by_id = strcmp(referrer->id, name) == 0;

		if (referrer->kind != REFERRER_LISTENER ||
		    (!by_id && strcmp(referrer->name, name) != 0))
			continue;
		*found = referrer;
		count = by_id ? 1 : count + 1;
		if (by_id)
			break;
	}
	if (count == 0)
		return fail_set(
		    fail, FAIL_USAGE, "there is no listener '%s'", name);
	if (count > 1) {
		fail_set(fail, FAIL_USAGE, "%zu listeners are called '%s'",
		    count, name);
		return fail_hint(fail, "give its id");
	}
	if (takes_certificates(*found))
		return true;
	fail_set(fail, FAIL_USAGE, "listener '%s' speaks %s", name,
	    (*found)->protocol);
	return fail_hint(
	    fail, "TERMINATED_HTTPS and PROMETHEUS take certificates");
}

/* Add the bits `how` to the marks of those called `names`. */
static bool
mark(const struct switching_names *names, unsigned how,
    const struct referrer_list *referrers, unsigned char *marks,
    struct fail *fail)
{
	for (size_t i = 0; i < names->count; i++) {
		const struct referrer *found = NULL;

		if (!find(referrers, names->items[i], &found, fail))
			return false;
		marks[found - referrers->items] |= (unsigned char)how;
	}
	return true;
}

/* Does it use any version up to the wanted one? */
static bool
uses_any(const struct switching_want *want, const struct referrer *referrer)
{
	const struct id_list *older = want->older;

	for (size_t i = 0; i < older->count; i++)
		if (references_hold(&referrer->has, older->items[i]))
			return true;
	return want->wanted[0] != '\0' &&
	       references_hold(&referrer->has, want->wanted);
}

/* Would it change anything? */
static bool
changes(const struct switching_want *want, const struct referrer *referrer,
    unsigned how, bool *yes)
{
	struct edit edit = {how, want->older, want->wanted};
	struct references after = {0};
	bool good = edit_make(&referrer->has, &edit, &after);

	*yes = want->wanted[0] == '\0' || !edit_is_same(&referrer->has, &after);
	references_clear(&after);
	return good;
}

static bool
check_state(const struct referrer *referrer, struct fail *fail)
{
	if (strcmp(referrer->status, "ERROR") != 0)
		return true;
	fail_set(fail, FAIL_REFUSED, "%s '%s' is in ERROR",
	    referrer->kind == REFERRER_POOL ? "pool" : "listener",
	    referrer->name);
	return fail_hint(fail, "have it repaired first; nothing was changed");
}

static bool
collect(const struct switching_want *want,
    const struct referrer_list *referrers, const unsigned char *marks,
    struct switching_list *list, struct fail *fail)
{
	for (size_t i = 0; i < referrers->count; i++) {
		const struct referrer *referrer = &referrers->items[i];
		bool yes;

		if (marks[i] == 0 &&
		    !(want->rotate && uses_any(want, referrer)))
			continue;
		/* Also one that is as wanted does not serve it. */
		if (!want->mends && !check_state(referrer, fail))
			return false;
		if (!changes(want, referrer, marks[i], &yes))
			return fail_memory(fail);
		if (!yes && !referrer_is_locked(referrer))
			continue;
		list->items[list->count++] =
		    (struct switching){referrer, marks[i]};
	}
	return true;
}

bool
switching_choose(const struct switching_want *want,
    const struct referrer_list *referrers, struct switching_list *list,
    struct fail *fail)
{
	CLEANUP(mem_freep)
	unsigned char *marks = mem_calloc(referrers->count + 1, 1);

	list->items = mem_calloc(referrers->count + 1, sizeof(*list->items));
	if (marks == NULL || list->items == NULL)
		return fail_memory(fail);
	return mark(&want->listeners, EDIT_DEFAULT, referrers, marks, fail) &&
	       mark(&want->sni, EDIT_SNI, referrers, marks, fail) &&
	       collect(want, referrers, marks, list, fail);
}

void
switching_list_clear(struct switching_list *list)
{
	mem_free(list->items);
	*list = (struct switching_list){0};
}
