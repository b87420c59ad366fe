#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#include "app/report.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"

/* Members are only added later; anything else would be version 2. */
#define REPORT_VERSION 1

/* The longest text, made safe to show. */
#define TEXT_SIZE 2048

static void
json_free(cJSON **json)
{
	cJSON_Delete(*json);
}

/* A new object at the end of `list`; NULL without memory. */
static cJSON *
add_object(cJSON *list)
{
	cJSON *object = cJSON_CreateObject();

	if (cJSON_AddItemToArray(list, object))
		return object;
	cJSON_Delete(object);
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
add_time(cJSON *object, const char *name, int64_t seconds)
{
	char iso[CLOCK_ISO_SIZE], text[CLOCK_ISO_SIZE + 1];

	clock_iso(seconds, iso);
	snprintf(text, sizeof(text), "%s%s", iso, iso[0] == '\0' ? "" : "Z");
	return add_text(object, name, text);
}

/* A list of the lines of `text`. */
static bool
add_lines(cJSON *object, const char *name, const struct buf *text)
{
	const char *rest = buf_text(text), *line;
	cJSON *list = cJSON_AddArrayToObject(object, name);
	int len;

	while (text_line(&rest, &line, &len)) {
		CLEANUP(mem_freep)
		char *copy = mem_strndup(line, (size_t)len);

		if (copy == NULL ||
		    !cJSON_AddItemToArray(list, cJSON_CreateString(copy)))
			return false;
	}
	return list != NULL;
}

static bool
add_certificate(cJSON *list, const struct chain *chain, size_t index)
{
	CLEANUP(chain_info_clear) struct chain_info info = {0};
	cJSON *object = add_object(list);
	struct fail fail;

	return object != NULL && chain_describe(chain, index, &info, &fail) &&
	       add_text(object, "subject", info.subject) &&
	       add_text(object, "issuer", info.issuer) &&
	       add_lines(object, "names", &info.names) &&
	       add_text(object, "key", info.key) &&
	       add_time(object, "not_before", info.not_before) &&
	       add_time(object, "not_after", info.not_after) &&
	       add_text(object, "serial", info.serial) &&
	       add_text(object, "sha256", info.sha256);
}

/* The certificates in the order a server sends them. */
static bool
add_chain(cJSON *object, const struct chain *chain)
{
	cJSON *list;

	if (chain->leaf == NULL)
		return true;
	if ((list = cJSON_AddArrayToObject(object, "served")) == NULL)
		return false;
	for (size_t i = 0; i <= chain->issuer_count; i++)
		if (!add_certificate(list, chain, i))
			return false;
	return true;
}

static bool
add_proof(cJSON *object, const struct chain *chain)
{
	return chain->leaf == NULL ||
	       add_text(object, "chain", proof_word(chain->verdict));
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
state_of(const struct change *change)
{
	return change->is_undone                ? "put back"
	       : change->fail.code != FAIL_NONE ? "failed"
	       : change->at == CHANGE_DONE      ? "switched"
						: "planned";
}

/* Listeners and pools. */
static bool
add_changes(cJSON *object, const struct rollout *rollout)
{
	cJSON *list;

	if (rollout->change_count == 0)
		return true;
	list = cJSON_AddArrayToObject(object, "switch");
	for (size_t i = 0; i < rollout->change_count; i++) {
		const struct change *change = &rollout->changes[i];
		cJSON *item = add_object(list);

		if (item == NULL ||
		    !add_text(item, "kind",
			change->kind == REFERRER_POOL ? "pool" : "listener") ||
		    !add_text(item, "id", change->id) ||
		    !add_text(item, "name", change->name) ||
		    !add_text(item, "load_balancer_id", change->balancer) ||
		    !add_text(item, "state", state_of(change)))
			return false;
	}
	return true;
}

static bool
add_deleted(cJSON *object, const struct result *result)
{
	return result->deleted == 0 || cJSON_AddNumberToObject(object,
					   "deleted", result->deleted) != NULL;
}

static bool
add_fail(cJSON *object, const char *name, const struct fail *fail)
{
	cJSON *error;

	if (fail->code == FAIL_NONE)
		return true;
	error = cJSON_AddObjectToObject(object, name);
	return error != NULL &&
	       cJSON_AddNumberToObject(error, "exit", fail->code) != NULL &&
	       add_text(error, "class", fail_name(fail->code)) &&
	       add_text(error, "text", fail->text) &&
	       add_text(error, "hint", fail->hint);
}

static bool
add_deployment(cJSON *list, const struct deployment *deployment)
{
	const struct result *result = &deployment->result;
	const struct chain *chain = &deployment->chain;
	cJSON *object = add_object(list);

	return object != NULL &&
	       add_text(object, "title", cfg_title(deployment->cfg)) &&
	       add_text(object, "status", result_word(result->status)) &&
	       add_text(object, "secret_id", result->secret) &&
	       add_text(object, "secret_name", result->plan.name) &&
	       add_text(object, "task_id", result->task) &&
	       add_text(object, "plan", plan_word(result->plan.action)) &&
	       add_changes(object, &deployment->rollout) &&
	       add_deleted(object, result) && add_chain(object, chain) &&
	       add_proof(object, chain) &&
	       add_lines(object, "notes", &chain->notes) &&
	       add_lines(object, "warnings", &chain->warnings) &&
	       add_fail(object, "error", &result->fail);
}

static bool
write_document(cJSON *json, struct buf *out, struct fail *fail)
{
	CLEANUP(mem_freep) char *text = cJSON_Print(json);

	return text == NULL ? fail_memory(fail)
			    : buf_printf(out, fail, "%s\n", text);
}

bool
report_json(const struct deployment *deployments, size_t count, struct buf *out,
    struct fail *fail)
{
	CLEANUP(json_free) cJSON *json = cJSON_CreateObject();
	cJSON *list;

	if (cJSON_AddNumberToObject(json, "version", REPORT_VERSION) == NULL ||
	    (list = cJSON_AddArrayToObject(json, "certificates")) == NULL)
		return fail_memory(fail);
	for (size_t i = 0; i < count; i++)
		if (!add_deployment(list, &deployments[i]))
			return fail_memory(fail);
	return write_document(json, out, fail);
}

/* --- --status ------------------------------------------------------------- */

static bool
add_parts(cJSON *object, unsigned as)
{
	cJSON *list = cJSON_AddArrayToObject(object, "as");
	const char *word;

	while ((word = status_part_next(&as)) != NULL)
		if (!cJSON_AddItemToArray(list, cJSON_CreateString(word)))
			return false;
	return list != NULL;
}

static bool
add_use(cJSON *list, const struct status_use *use)
{
	cJSON *object = add_object(list);

	return object != NULL &&
	       add_text(object, "kind",
		   use->kind == REFERRER_POOL ? "pool" : "listener") &&
	       add_text(object, "id", use->id) &&
	       add_text(object, "name", use->name) &&
	       add_text(object, "load_balancer_id", use->balancer_id) &&
	       add_text(object, "load_balancer", use->balancer) &&
	       add_parts(object, use->as);
}

static bool
add_uses(cJSON *object, const char *name, const struct status_row *row)
{
	cJSON *list = cJSON_AddArrayToObject(object, name);

	for (size_t i = 0; i < row->use_count; i++)
		if (!add_use(list, &row->uses[i]))
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
		return cJSON_AddNumberToObject(
			   object, cell->member, (double)cell->number) != NULL;
	case CELL_BOOLEAN:
		return cJSON_AddBoolToObject(
			   object, cell->member, cell->number != 0) != NULL;
	case CELL_LINES:
		return add_lines(object, cell->member, cell->lines);
	case CELL_USES:
		return add_uses(object, cell->member, cell->row);
	case CELL_FAIL:
		return add_fail(object, cell->member, &cell->row->fail);
	case CELL_ABSENT:
		break;
	}
	return true;
}

static bool
add_row(cJSON *list, const struct status_row *row)
{
	struct status_cell cells[STATUS_CELLS];
	cJSON *object = add_object(list);
	bool good = object != NULL;

	status_cells(row, cells);
	for (size_t c = 0; c < STATUS_CELLS && good; c++)
		good = add_cell(object, &cells[c]);
	return good;
}

bool
report_json_status(const struct cfg *cfg, const struct status *status,
    struct buf *out, struct fail *fail)
{
	CLEANUP(json_free) cJSON *json = cJSON_CreateObject();
	cJSON *list;

	(void)cfg;
	if (cJSON_AddNumberToObject(json, "version", REPORT_VERSION) == NULL ||
	    !add_fail(json, "error", &status->fail) ||
	    (list = cJSON_AddArrayToObject(json, "status")) == NULL)
		return fail_memory(fail);
	for (size_t i = 0; i < status->count; i++)
		if (!add_row(list, &status->items[i]))
			return fail_memory(fail);
	return write_document(json, out, fail);
}
