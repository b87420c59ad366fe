#include <string.h>

#include "app/report.h"
#include "app/status_cells.h"
#include "base/text.h"

/* The longest cell, a use: two names, made safe to show. */
#define CELL_SIZE 640
_Static_assert(2 * MODEL_NAME_SIZE + 100 <= CELL_SIZE, "raise CELL_SIZE");

/* Between columns. */
#define GAP 2

/* --- cells ---------------------------------------------------------------- */

static void
describe_use(const struct status_use *use, char text[CELL_SIZE])
{
	unsigned as = use->as;
	const char *word = status_part_next(&as);
	int len = snprintf(text, CELL_SIZE, "%s %s of balancer %s (%s",
	    use->kind == REFERRER_POOL ? "pool" : "listener",
	    use->name[0] == '\0' ? use->id : use->name,
	    use->balancer[0] == '\0' ? use->balancer_id : use->balancer, word);

	while ((word = status_part_next(&as)) != NULL)
		len +=
		    snprintf(text + len, CELL_SIZE - (size_t)len, ", %s", word);
	snprintf(text + len, CELL_SIZE - (size_t)len, ")");
}

/* Line `n` of the cell: only uses have more than one. */
static void
text_of(const struct status_cell *cell, size_t n, char text[CELL_SIZE])
{
	text[0] = '\0';
	if (cell->type == CELL_USES && n < cell->row->use_count)
		describe_use(&cell->row->uses[n], text);
	else if (n > 0)
		return;
	else if (cell->type == CELL_TEXT)
		text_clean(text, CELL_SIZE, cell->text, strlen(cell->text));
	else if (cell->type == CELL_NUMBER)
		snprintf(text, CELL_SIZE, "%lld", (long long)cell->number);
	else if (cell->type == CELL_LINES && cell->lines->len > 0)
		snprintf(text, CELL_SIZE, "!");
}

/* Of UTF-8, as far as a character has one column. */
static size_t
width_of(const char *text)
{
	size_t count = 0;

	for (; *text != '\0'; text++)
		count += ((unsigned char)*text & 0xc0) != 0x80;
	return count;
}

/* --- columns -------------------------------------------------------------- */

/* How wide column `c` is with its head; 0: it is left out. */
static size_t
measure(const struct status *status, const struct status_cell *head, size_t c)
{
	struct status_cell cells[STATUS_CELLS];
	char text[CELL_SIZE];
	bool is_same = head->is_place;
	int64_t first = 0;
	size_t most = 0;

	for (size_t i = 0; i < status->count; i++) {
		status_cells(&status->items[i], cells);
		text_of(&cells[c], 0, text);
		most = width_of(text) > most ? width_of(text) : most;
		first = i == 0 ? cells[c].number : first;
		is_same = is_same && cells[c].number == first;
	}
	if (head->head == NULL || is_same ||
	    (most == 0 && head->type != CELL_USES))
		return 0;
	return width_of(head->head) > most ? width_of(head->head) : most;
}

/* --- lines ---------------------------------------------------------------- */

/* Line `n` of the cells, without spaces at its end. */
static bool
write_line(const struct status_cell cells[STATUS_CELLS],
    const size_t width[STATUS_CELLS], size_t n, struct buf *out,
    struct fail *fail)
{
	char text[CELL_SIZE];
	size_t spaces = 0;

	for (size_t c = 0; c < STATUS_CELLS; c++) {
		if (width[c] == 0)
			continue;
		text_of(&cells[c], n, text);
		if (text[0] != '\0') {
			if (!buf_printf(
				out, fail, "%*s%s", (int)spaces, "", text))
				return false;
			spaces = 0;
		}
		spaces += width[c] + GAP - width_of(text);
	}
	return buf_append(out, "\n", 1, fail);
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
write_row(const struct status_row *row, const size_t width[STATUS_CELLS],
    struct buf *out, struct fail *fail)
{
	struct status_cell cells[STATUS_CELLS];
	size_t n = 0;

	status_cells(row, cells);
	do {
		if (!write_line(cells, width, n, out, fail))
			return false;
	} while (++n < row->use_count);
	return write_remarks(row, out, fail);
}

bool
report_text_status(const struct cfg *cfg, const struct status *status,
    struct buf *out, struct fail *fail)
{
	struct status_cell heads[STATUS_CELLS];
	size_t width[STATUS_CELLS];

	if (status->fail.code != FAIL_NONE ||
	    (cfg->quiet && !status_needs_attention(status)))
		return true;
	status_cells(&(struct status_row){0}, heads);
	for (size_t c = 0; c < STATUS_CELLS; c++) {
		width[c] = measure(status, &heads[c], c);
		heads[c].type = CELL_TEXT;
		heads[c].text = heads[c].head;
	}
	if (!write_line(heads, width, 0, out, fail))
		return false;
	for (size_t i = 0; i < status->count; i++)
		if (!write_row(&status->items[i], width, out, fail))
			return false;
	return true;
}
