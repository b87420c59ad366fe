#include "app/cfg_line.h"

#include <stdio.h>

#include "base/array.h"
#include "base/mem.h"

bool
cfg_lines_add(
    struct cfg_lines *lines, const struct cfg_line *line, struct fail *fail)
{
	if (!array_grow(&lines->items, lines->count, &lines->cap,
		sizeof(*lines->items)))
		return fail_memory(fail);
	lines->items[lines->count++] = *line;
	return true;
}

void
cfg_lines_clear(struct cfg_lines *lines)
{
	mem_free(lines->items);
	*lines = (struct cfg_lines){0};
}

void
cfg_line_where(const struct cfg_line *line, char *text, size_t size)
{
	if (line->number > 0)
		snprintf(text, size, "%s:%u: %s", line->source, line->number,
		    line->key->name);
	else if (line->source != NULL)
		snprintf(text, size, "%s", line->source);
	else
		snprintf(text, size, "--%s", line->key->name);
}

bool
cfg_line_fail(const struct cfg_line *line, struct fail *fail)
{
	char where[sizeof(fail->text)];

	cfg_line_where(line, where, sizeof(where));
	return fail_in(fail, "%s", where);
}

bool
cfg_line_set(const struct cfg_line *line, struct cfg *cfg, struct fail *fail)
{
	return cfg_key_set(cfg, line->key, line->value, fail) ||
	       cfg_line_fail(line, fail);
}

bool
cfg_lines_set(const struct cfg_lines *lines, struct cfg *cfg, struct fail *fail)
{
	for (size_t i = 0; i < lines->count; i++)
		if (!cfg_line_set(&lines->items[i], cfg, fail))
			return false;
	return true;
}

const struct cfg_line *
cfg_layers_find(const struct cfg_layers *layers, size_t at)
{
	for (size_t layer = CFG_LAYERS; layer-- > 0;) {
		const struct cfg_lines *lines = &layers->of[layer];

		for (size_t i = lines->count; i-- > 0;)
			if (lines->items[i].key->at == at)
				return &lines->items[i];
	}
	return NULL;
}
