#include "app/status_cells.h"

#include <string.h>

const char *
status_part_next(unsigned *as)
{
	static const char *const words[] = {
	    "default", "sni", "members", "ca", "crl"};

	for (size_t i = 0; i < COUNTOF(words); i++) {
		if (!(*as & 1U << i))
			continue;
		*as &= ~(1U << i);
		return words[i];
	}
	return NULL;
}

void
status_cells(
    const struct status_row *row, struct status_cell cells[STATUS_CELLS])
{
	static const char *const words[] = {
	    [STATUS_CURRENT] = "current",
	    [STATUS_MISSING] = "missing",
	    [STATUS_SAME] = "same",
	    [STATUS_OLDER] = "older",
	    [STATUS_NEWER] = "newer",
	    [STATUS_OTHER] = "other",
	    [STATUS_FAILED] = "failed",
	};
	const struct status_cell all[STATUS_CELLS] = {
	    {"attention", "", CELL_LINES, .lines = &row->why},
	    {"title", "SECTION", CELL_TEXT,
		.text = row->cfg == NULL ? "" : cfg_title(row->cfg)},
	    {"project_id", "PROJECT",
		row->project == 0 ? CELL_ABSENT : CELL_NUMBER,
		.number = row->project, .is_place = true},
	    {"region_id", "REGION",
		row->region == 0 ? CELL_ABSENT : CELL_NUMBER,
		.number = row->region, .is_place = true},
	    {"secret_name", "NAME", CELL_TEXT, .text = row->name},
	    {"days_left", "DAYS", row->is_dated ? CELL_NUMBER : CELL_ABSENT,
		.number = row->days},
	    {"state", "STATE", CELL_TEXT, .text = words[row->state]},
	    {"used_by", "USED BY", CELL_USES, .row = row},
	    {"secret_id", NULL, CELL_TEXT, .text = row->id},
	    {"would", NULL, CELL_TEXT, .text = row->would},
	    {"served", NULL,
		row->served == STATUS_NOT_ASKED ? CELL_ABSENT : CELL_BOOLEAN,
		.number = row->served == STATUS_SERVED},
	    {"error", NULL, CELL_FAIL, .row = row},
	};

	memcpy(cells, all, sizeof(all));
}
