#include "app/cfg_sections.h"

#include <string.h>

#include "base/array.h"
#include "base/mem.h"

/* FNV-1a: titles come from the administrator, not from an attacker. */
static size_t
hash(const char *title)
{
	uint32_t sum = 2166136261;

	for (; *title != '\0'; title++)
		sum = (sum ^ (unsigned char)*title) * 16777619;
	return sum;
}

/* The slot of this title, or the empty one where it belongs. */
static size_t *
slot_of(const struct cfg_sections *sections, const char *title)
{
	size_t at = hash(title);

	for (;; at++) {
		size_t *slot = &sections->slots[at % sections->slot_count];

		if (*slot == 0 ||
		    strcmp(sections->items[*slot - 1].title, title) == 0)
			return slot;
	}
}

/* Put section number `number` into the index, unless its title is there. */
static void
index_section(struct cfg_sections *sections, size_t number)
{
	size_t *slot = slot_of(sections, sections->items[number - 1].title);

	if (*slot == 0)
		*slot = number;
}

/* At least every second slot stays empty, so that searches end soon. */
static bool
widen(struct cfg_sections *sections, struct fail *fail)
{
	size_t count = 2 * sections->cap;
	size_t *slots;

	if (sections->slot_count == count)
		return true;
	if ((slots = mem_calloc(count, sizeof(*slots))) == NULL)
		return fail_memory(fail);
	mem_free(sections->slots);
	sections->slots = slots;
	sections->slot_count = count;
	for (size_t i = 1; i <= sections->count; i++)
		index_section(sections, i);
	return true;
}

bool
cfg_sections_add(struct cfg_sections *sections,
    const struct cfg_section *section, struct fail *fail)
{
	if (!array_grow(&sections->items, sections->count, &sections->cap,
		sizeof(*sections->items)))
		return fail_memory(fail);
	if (!widen(sections, fail))
		return false;
	sections->items[sections->count++] = *section;
	index_section(sections, sections->count);
	return true;
}

void
cfg_sections_clear(struct cfg_sections *sections)
{
	mem_free(sections->items);
	mem_free(sections->slots);
	*sections = (struct cfg_sections){0};
}

struct cfg_section *
cfg_sections_find(const struct cfg_sections *sections, const char *title)
{
	size_t number = sections->count == 0 ? 0 : *slot_of(sections, title);

	return number == 0 ? NULL : &sections->items[number - 1];
}
