#include "gcore/model.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/array.h"
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

/* --- identifiers ---------------------------------------------------------- */

bool
id_list_add(struct id_list *list, const char *id)
{
	if (!array_grow(
		&list->items, list->count, &list->cap, sizeof(*list->items)))
		return false;
	snprintf(list->items[list->count++], MODEL_ID_SIZE, "%s", id);
	return true;
}

bool
id_list_copy(struct id_list *to, const struct id_list *from)
{
	id_list_clear(to);
	for (size_t i = 0; i < from->count; i++)
		if (!id_list_add(to, from->items[i]))
			return false;
	return true;
}

bool
id_list_equal(const struct id_list *a, const struct id_list *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (strcmp(a->items[i], b->items[i]) != 0)
			return false;
	return true;
}

bool
id_list_contains(const struct id_list *list, const char *id)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->items[i], id) == 0)
			return true;
	return false;
}

bool
references_hold(const struct references *has, const char *secret)
{
	return strcmp(has->secret, secret) == 0 ||
	       strcmp(has->ca, secret) == 0 || strcmp(has->crl, secret) == 0 ||
	       id_list_contains(&has->sni, secret);
}

void
references_clear(struct references *has)
{
	id_list_clear(&has->sni);
	*has = (struct references){0};
}

bool
referrer_is_locked(const struct referrer *referrer)
{
	return referrer->task[0] != '\0' ||
	       strncmp(referrer->status, "PENDING_", 8) == 0;
}

void
referrer_clear(struct referrer *referrer)
{
	references_clear(&referrer->has);
	*referrer = (struct referrer){0};
}

/* --- lists ---------------------------------------------------------------- */

/* The lists differ in what they hold alone. */
#define LIST_ADD(type)                                                         \
	bool type##_list_add(                                                  \
	    struct type##_list *list, const struct type *item)                 \
	{                                                                      \
		if (!array_grow(                                               \
			&list->items, list->count, &list->cap, sizeof(*item))) \
			return false;                                          \
		list->items[list->count++] = *item;                            \
		return true;                                                   \
	}

#define LIST_CLEAR(type)                                                       \
	void type##_list_clear(struct type##_list *list)                       \
	{                                                                      \
		mem_free(list->items);                                         \
		*list = (struct type##_list){0};                               \
	}

LIST_ADD(secret)
LIST_ADD(task)
LIST_ADD(place)
LIST_ADD(balancer)
LIST_ADD(referrer)

LIST_CLEAR(secret)
LIST_CLEAR(task)
LIST_CLEAR(place)
LIST_CLEAR(balancer)
LIST_CLEAR(id)

void
referrer_list_clear(struct referrer_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		referrer_clear(&list->items[i]);
	mem_free(list->items);
	*list = (struct referrer_list){0};
}
