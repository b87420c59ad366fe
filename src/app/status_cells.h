/* The values of a row of --status: one table, which the printed report and the
 * JSON report both walk. Pure. */
#ifndef APP_STATUS_CELLS_H
#define APP_STATUS_CELLS_H

#include "app/status.h"

/* A value of a row, as reports show it. */
struct status_cell {
	const char *member; /* its name in JSON */
	const char *head;   /* of its column in the table; NULL: it has none */
	enum {
		CELL_ABSENT,
		CELL_TEXT, /* absent when "" */
		CELL_NUMBER,
		CELL_BOOLEAN,
		CELL_LINES, /* the table has a mark unless there are none */
		CELL_USES,
		CELL_FAIL, /* absent when FAIL_NONE */
	} type;
	union {
		const char *text;
		int64_t number; /* and boolean */
		const struct buf *lines;
		const struct status_row *row; /* whose uses and failure */
	};
	bool is_place; /* the table has it only where rows differ in it */
};

/* How many a row has. */
#define STATUS_CELLS 12

/* A row's values, columns first; every row has the same ones in one order. */
void status_cells(
    const struct status_row *row, struct status_cell cells[STATUS_CELLS]);

/* The word of the lowest of the bits `*as`, which is taken out of them; NULL
 * when there is none. */
const char *status_part_next(unsigned *as);

#endif
