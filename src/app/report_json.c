#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#include "app/report.h"
#include "app/status_cells.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"

/* Members are only added later; anything else would be version 2. */
#define REPORT_VERSION 1

/* The longest text, made safe to show. */
#define TEXT_SIZE 2048

/* --- values --------------------------------------------------------------- */

/* `item` at the end of `list`; NULL without memory. */
static cJSON *
append(cJSON *list, cJSON *item)
{
	if (cJSON_AddItemToArray(list, item))
		return item;
	cJSON_Delete(item);
	return NULL;
}

/* Absent rather than empty. cJSON would copy bytes that are no UTF-8. */
static bool
add_text(cJSON *object, const char *name, const char *value)
{
	char text[TEXT_SIZE];

	text_clean(text, sizeof(text), value, strlen(value));
	return text[0] == '\0' ||
	       cJSON_AddStringToObject(object, name, text) != NULL;
}

static bool
add_number(cJSON *object, const char *name, int64_t number)
{
	return cJSON_AddNumberToObject(object, name, (double)number) != NULL;
}

static bool
add_time(cJSON *object, const char *name, int64_t seconds)
{
	char iso[CLOCK_ISO_SIZE], text[CLOCK_ISO_SIZE + 1];

	clock_iso(seconds, iso);
	snprintf(text, sizeof(text), "%s%s", iso, iso[0] == '\0' ? "" : "Z");
	return add_text(object, name, text);
}

/* A list of texts. */
static bool
add_lines(cJSON *object, const char *name, const struct buf *lines)
{
	const char *rest = buf_text(lines), *line;
	cJSON *list = cJSON_AddArrayToObject(object, name);
	char text[TEXT_SIZE];
	int len;

	while (text_line(&rest, &line, &len)) {
		text_clean(text, sizeof(text), line, (size_t)len);
		if (append(list, cJSON_CreateString(text)) == NULL)
			return false;
	}
	return list != NULL;
}

/* A list of objects: `fill` adds the members of number `i` of `items`. */
static bool
add_list(cJSON *object, const char *name, size_t count,
    bool (*fill)(cJSON *object, const void *items, size_t i), const void *items)
{
	cJSON *list = cJSON_AddArrayToObject(object, name), *item;

	for (size_t i = 0; i < count; i++)
		if ((item = append(list, cJSON_CreateObject())) == NULL ||
		    !fill(item, items, i))
			return false;
	return list != NULL;
}

static bool
add_fail(cJSON *object, const char *name, const struct fail *fail)
{
	cJSON *error;

	if (fail->code == FAIL_NONE)
		return true;
	error = cJSON_AddObjectToObject(object, name);
	return add_number(error, "exit", fail->code) &&
	       add_text(error, "class", fail_name(fail->code)) &&
	       add_text(error, "text", fail->text) &&
	       add_text(error, "hint", fail->hint);
}

/* The members that every list of listeners or pools has. */
static bool
add_referrer(cJSON *object, enum referrer_kind kind, const char *id,
    const char *name, const char *balancer)
{
	return add_text(object, "kind",
		   kind == REFERRER_POOL ? "pool" : "listener") &&
	       add_text(object, "id", id) && add_text(object, "name", name) &&
	       add_text(object, "load_balancer_id", balancer);
}

/* --- a run ---------------------------------------------------------------- */

static bool
add_certificate(cJSON *object, const void *of, size_t index)
{
	CLEANUP(chain_info_clear) struct chain_info info = {0};
	struct fail fail;

	return chain_describe(of, index, &info, &fail) &&
	       add_text(object, "subject", info.subject) &&
	       add_text(object, "issuer", info.issuer) &&
	       add_lines(object, "names", &info.names) &&
	       add_text(object, "key", info.key) &&
	       add_time(object, "not_before", info.not_before) &&
	       add_time(object, "not_after", info.not_after) &&
	       add_text(object, "serial", info.serial) &&
	       add_text(object, "sha256", info.sha256);
}

/* The certificates in the order a server sends them, unless there are none. */
static bool
add_chain(cJSON *object, const struct chain *chain)
{
	return chain->leaf == NULL ||
	       (add_list(object, "chain", chain->issuer_count + 1,
		    add_certificate, chain) &&
		   add_text(
		       object, "chain_verdict", proof_word(chain->verdict)));
}

static const char *
plan_word(enum plan_action action)
{
	static const char *const words[] = {
	    [PLAN_NONE] = "",
	    [PLAN_REUSE] = "reuse",
	    [PLAN_WAIT] = "wait",
	    [PLAN_CREATE] = "create",
	};

	return words[action];
}

static const char *
status_of(const struct change *change)
{
	return change->is_undone                ? "put back"
	       : change->fail.code != FAIL_NONE ? "failed"
	       : change->at == CHANGE_DONE      ? "switched"
						: "planned";
}

static bool
add_change(cJSON *object, const void *changes, size_t i)
{
	const struct change *change = (const struct change *)changes + i;

	return add_referrer(object, change->kind, change->id, change->name,
		   change->balancer) &&
	       add_text(object, "status", status_of(change));
}

static bool
add_deployment(cJSON *object, const void *deployments, size_t i)
{
	const struct deployment *deployment =
	    (const struct deployment *)deployments + i;
	const struct result *result = &deployment->result;
	const struct rollout *rollout = &deployment->rollout;
	const struct chain *chain = &deployment->chain;

	return add_text(object, "title", cfg_title(deployment->cfg)) &&
	       add_text(object, "status", result_word(result->status)) &&
	       add_text(object, "secret_id", result->secret) &&
	       add_text(object, "secret_name", result->plan.name) &&
	       add_text(object, "task_id", result->task) &&
	       add_text(object, "plan", plan_word(result->plan.action)) &&
	       (rollout->change_count == 0 ||
		   add_list(object, "switch", rollout->change_count, add_change,
		       rollout->changes)) &&
	       (result->deleted == 0 ||
		   add_number(object, "deleted", result->deleted)) &&
	       add_chain(object, chain) &&
	       add_lines(object, "notes", &chain->notes) &&
	       add_lines(object, "warnings", &chain->warnings) &&
	       add_fail(object, "error", &result->fail);
}

/* --- --status ------------------------------------------------------------- */

static bool
add_use(cJSON *object, const void *uses, size_t i)
{
	const struct status_use *use = (const struct status_use *)uses + i;
	unsigned as = use->as;
	const char *word;
	cJSON *list;

	if (!add_referrer(
		object, use->kind, use->id, use->name, use->balancer_id) ||
	    !add_text(object, "load_balancer", use->balancer))
		return false;
	list = cJSON_AddArrayToObject(object, "as");
	while ((word = status_part_next(&as)) != NULL)
		if (append(list, cJSON_CreateString(word)) == NULL)
			return false;
	return list != NULL;
}

static bool
add_cell(cJSON *object, const struct status_cell *cell)
{
	switch (cell->type) {
	case CELL_TEXT:
		return add_text(object, cell->member, cell->text);
	case CELL_NUMBER:
		return add_number(object, cell->member, cell->number);
	case CELL_BOOLEAN:
		return cJSON_AddBoolToObject(
			   object, cell->member, cell->number != 0) != NULL;
	case CELL_LINES:
		return add_lines(object, cell->member, cell->lines);
	case CELL_USES:
		return add_list(object, cell->member, cell->row->use_count,
		    add_use, cell->row->uses);
	case CELL_FAIL:
		return add_fail(object, cell->member, &cell->row->fail);
	case CELL_ABSENT:
		break;
	}
	return true;
}

static bool
add_row(cJSON *object, const void *rows, size_t i)
{
	struct status_cell cells[STATUS_CELLS];
	bool good = true;

	status_cells((const struct status_row *)rows + i, cells);
	for (size_t c = 0; c < STATUS_CELLS && good; c++)
		good = add_cell(object, &cells[c]);
	return good;
}

/* --- documents ------------------------------------------------------------ */

/* `json` is freed; `good`: it has all its members. */
static bool
write_document(cJSON *json, bool good, struct buf *out, struct fail *fail)
{
	CLEANUP(mem_freep) char *text = good ? cJSON_Print(json) : NULL;

	cJSON_Delete(json);
	return text == NULL ? fail_memory(fail)
			    : buf_printf(out, fail, "%s\n", text);
}

bool
report_json(const struct deployment *deployments, size_t count, struct buf *out,
    struct fail *fail)
{
	cJSON *json = cJSON_CreateObject();
	bool good =
	    add_number(json, "version", REPORT_VERSION) &&
	    add_list(json, "certificates", count, add_deployment, deployments);

	return write_document(json, good, out, fail);
}

bool
report_json_status(const struct cfg *cfg, const struct status *status,
    struct buf *out, struct fail *fail)
{
	cJSON *json = cJSON_CreateObject();
	bool good =
	    add_number(json, "version", REPORT_VERSION) &&
	    add_fail(json, "error", &status->fail) &&
	    add_list(json, "inventory", status->count, add_row, status->items);

	(void)cfg;
	return write_document(json, good, out, fail);
}
