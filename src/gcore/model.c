#include "gcore/model.h"

#include <string.h>
#include <strings.h>

#include "base/mem.h"

bool
secret_is_broken(const struct secret *secret)
{
	static const char *const words[] = {
	    "ERROR", "DELETED", "DELETING", "PENDING_DELETE"};

	for (size_t i = 0; i < COUNTOF(words); i++)
		if (strcasecmp(secret->status, words[i]) == 0)
			return true;
	return false;
}

const struct secret *
secret_find_id(const struct secret_list *list, const char *id)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->items[i].id, id) == 0)
			return &list->items[i];
	return NULL;
}

/* Room for one more item of `size` bytes; NULL without memory. */
static void *
grow(void *items, size_t count, size_t *cap, size_t size)
{
	size_t wanted = *cap == 0 ? 16 : *cap * 2;
	void *more;

	if (count < *cap)
		return items;
	if ((more = mem_realloc(items, wanted * size)) != NULL)
		*cap = wanted;
	return more;
}

/* The three lists differ in what they hold alone. */
#define LIST(type)                                                             \
	bool type##_list_add(                                                  \
	    struct type##_list *list, const struct type *item)                 \
	{                                                                      \
		struct type *items = grow(                                     \
		    list->items, list->count, &list->cap, sizeof(*items));     \
                                                                               \
		if (items == NULL)                                             \
			return false;                                          \
		list->items = items;                                           \
		items[list->count++] = *item;                                  \
		return true;                                                   \
	}                                                                      \
                                                                               \
	void type##_list_clear(struct type##_list *list)                       \
	{                                                                      \
		mem_free(list->items);                                         \
		*list = (struct type##_list){0};                               \
	}

LIST(secret)
LIST(task)
LIST(place)
