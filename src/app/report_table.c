#include <string.h>

#include "app/report.h"
#include "base/text.h"

/* The longest cell but for uses: a name, made safe to show. */
#define CELL_SIZE 512

/* Between columns. */
#define GAP 2

enum column { MARK, SECTION, PLACE, NAME, DAYS, STATE, COLUMNS };

static const char *const heads[COLUMNS] = {
    "", "SECTION", "PLACE", "NAME", "DAYS", "STATE"};

/* How wide each is; 0: it is empty, and left out. */
struct table {
	const struct status *status;
	bool has_places; /* more than one */
	size_t width[COLUMNS];
};

/* --- cells ---------------------------------------------------------------- */

static void
cell(const struct table *table, const struct status_row *row,
    enum column column, char text[CELL_SIZE])
{
	const char *title = row->cfg == NULL ? "" : cfg_title(row->cfg);

	text[0] = '\0';
	if (column == MARK)
		snprintf(text, CELL_SIZE, "%s", row->why.len > 0 ? "!" : "");
	else if (column == SECTION)
		text_clean(text, CELL_SIZE, title, strlen(title));
	else if (column == PLACE && table->has_places && row->region != 0)
		snprintf(text, CELL_SIZE, "%lld/%lld", (long long)row->project,
		    (long long)row->region);
	else if (column == NAME)
		snprintf(text, CELL_SIZE, "%s", row->name);
	else if (column == DAYS && row->is_dated)
		snprintf(text, CELL_SIZE, "%d", row->days);
	else if (column == STATE)
		snprintf(text, CELL_SIZE, "%s", status_word(row->state));
}

/* Of UTF-8, as far as a character has one column. */
static size_t
width(const char *text)
{
	size_t count = 0;

	for (; *text != '\0'; text++)
		count += ((unsigned char)*text & 0xc0) != 0x80;
	return count;
}

static void
measure(struct table *table)
{
	const struct status *status = table->status;
	char text[CELL_SIZE];

	for (size_t i = 1; i < status->count; i++)
		table->has_places |=
		    status->items[i].project != status->items[0].project ||
		    status->items[i].region != status->items[0].region;
	for (size_t c = 0; c < COLUMNS; c++) {
		size_t most = 0;

		for (size_t i = 0; i < status->count; i++) {
			cell(table, &status->items[i], c, text);
			most = width(text) > most ? width(text) : most;
		}
		if (most > 0 && width(heads[c]) > most)
			most = width(heads[c]);
		table->width[c] = most;
	}
}

/* --- lines ---------------------------------------------------------------- */

static bool
pad(struct buf *line, size_t count, struct fail *fail)
{
	return buf_printf(line, fail, "%*s", (int)count, "");
}

/* The columns of `row`; NULL: as many spaces. */
static bool
write_cells(const struct table *table, const struct status_row *row,
    struct buf *line, struct fail *fail)
{
	char text[CELL_SIZE] = "";

	for (size_t c = 0; c < COLUMNS; c++) {
		if (table->width[c] == 0)
			continue;
		if (row != NULL)
			cell(table, row, c, text);
		if (!buf_printf(line, fail, "%s", text) ||
		    !pad(line, table->width[c] - width(text) + GAP, fail))
			return false;
	}
	return true;
}

static bool
write_heads(const struct table *table, struct buf *out, struct fail *fail)
{
	for (size_t c = 0; c < COLUMNS; c++)
		if (table->width[c] > 0 &&
		    (!buf_printf(out, fail, "%s", heads[c]) ||
			!pad(out, table->width[c] - width(heads[c]) + GAP,
			    fail)))
			return false;
	return buf_printf(out, fail, "USED BY\n");
}

static bool
write_use(const struct status_use *use, struct buf *line, struct fail *fail)
{
	unsigned as = use->as;
	const char *word;
	bool is_first = true;

	if (!buf_printf(line, fail, "%s %s of balancer %s (",
		use->kind == REFERRER_POOL ? "pool" : "listener",
		use->name[0] == '\0' ? use->id : use->name,
		use->balancer[0] == '\0' ? use->balancer_id : use->balancer))
		return false;
	while ((word = status_part_next(&as)) != NULL) {
		if (!buf_printf(line, fail, "%s%s", is_first ? "" : ", ", word))
			return false;
		is_first = false;
	}
	return buf_append(line, ")", 1, fail);
}

/* Without the spaces at its end. */
static bool
end_line(struct buf *line, struct buf *out, struct fail *fail)
{
	size_t len = line->len;
	bool good;

	while (len > 0 && line->data[len - 1] == ' ')
		len--;
	good = (len == 0 || buf_append(out, line->data, len, fail)) &&
	       buf_append(out, "\n", 1, fail);
	buf_clear(line);
	return good;
}

/* What a run would do, and why somebody should look. */
static bool
write_remarks(const struct status_row *row, struct buf *out, struct fail *fail)
{
	const char *rest = buf_text(&row->why), *line;
	int len;

	if (row->would[0] != '\0' && strcmp(row->would, "nothing") != 0 &&
	    !buf_printf(out, fail, "     a run would %s\n", row->would))
		return false;
	while (text_line(&rest, &line, &len))
		if (!buf_printf(out, fail, "   ! %.*s\n", len, line))
			return false;
	return true;
}

static bool
write_row(const struct table *table, const struct status_row *row,
    struct buf *out, struct fail *fail)
{
	CLEANUP(buf_clear) struct buf line = {0};
	size_t i = 0;

	do {
		if (!write_cells(table, i == 0 ? row : NULL, &line, fail) ||
		    (i < row->use_count &&
			!write_use(&row->uses[i], &line, fail)) ||
		    !end_line(&line, out, fail))
			return false;
	} while (++i < row->use_count);
	return write_remarks(row, out, fail);
}

bool
report_text_status(const struct cfg *cfg, const struct status *status,
    struct buf *out, struct fail *fail)
{
	struct table table = {.status = status};

	if (status->fail.code != FAIL_NONE ||
	    (cfg->quiet && !status_needs_attention(status)))
		return true;
	measure(&table);
	if (!write_heads(&table, out, fail))
		return false;
	for (size_t i = 0; i < status->count; i++)
		if (!write_row(&table, &status->items[i], out, fail))
			return false;
	return true;
}
