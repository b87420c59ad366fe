#include "gcore/json.h"

#include <string.h>

#include "base/mem.h"

void
json_free(cJSON **json)
{
	cJSON_Delete(*json);
}

cJSON *
json_parse(const struct buf *text)
{
	return text->len == 0
		   ? NULL
		   : cJSON_ParseWithLength((const char *)text->data, text->len);
}

const cJSON *
json_get(const cJSON *object, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(object, name);
}

const char *
json_string(const cJSON *json)
{
	return cJSON_IsString(json) && json->valuestring != NULL
		   ? json->valuestring
		   : NULL;
}

const char *
json_text(const cJSON *object, const char *name)
{
	return json_string(json_get(object, name));
}

bool
json_number(const cJSON *object, const char *name, int64_t *number)
{
	const cJSON *json = json_get(object, name);

	if (!cJSON_IsNumber(json) || json->valuedouble < -9007199254740991.0 ||
	    json->valuedouble > 9007199254740991.0)
		return false;
	*number = (int64_t)json->valuedouble;
	return true;
}

void
json_copy(char *dst, size_t size, const char *src)
{
	if (src == NULL || strlen(src) >= size)
		src = "";
	memcpy(dst, src, strlen(src) + 1);
}

bool
json_copy_id(char id[MODEL_ID_SIZE], const char *src)
{
	static const char known[] = "0123456789-abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

	json_copy(id, MODEL_ID_SIZE, src);
	if (strspn(id, known) != strlen(id))
		id[0] = '\0';
	return id[0] != '\0';
}

/* --- pages ---------------------------------------------------------------- */

/* A page while it is read, record by record: the tree of a thousand would
 * take several times the memory of their text. */
struct page {
	const char *at, *end;
	bool (*take)(const cJSON *, void *); /* NULL: only look */
	void *to;
	size_t got;
	double total; /* -1: not yet seen */
	bool listed;  /* the results were seen */
};

static bool
take_sign(struct page *page, char sign)
{
	while (page->at < page->end && strchr(" \t\r\n", *page->at) != NULL &&
	       *page->at != '\0')
		page->at++;
	if (page->at == page->end || *page->at != sign)
		return false;
	page->at++;
	return true;
}

/* Any value, to be freed; NULL: there is none. */
static cJSON *
take_value(struct page *page)
{
	return cJSON_ParseWithLengthOpts(
	    page->at, (size_t)(page->end - page->at), &page->at, 0);
}

static bool
read_results(struct page *page)
{
	if (page->listed || !take_sign(page, '['))
		return false;
	page->listed = true;
	if (take_sign(page, ']'))
		return true;
	do {
		CLEANUP(json_free) cJSON *item = take_value(page);

		if (!cJSON_IsObject(item) ||
		    (page->take != NULL && !page->take(item, page->to)))
			return false;
		page->got++;
	} while (take_sign(page, ','));
	return take_sign(page, ']');
}

static bool
read_member(struct page *page)
{
	CLEANUP(json_free) cJSON *name = take_value(page);
	CLEANUP(json_free) cJSON *value = NULL;

	if (!cJSON_IsString(name) || !take_sign(page, ':'))
		return false;
	if (strcmp(name->valuestring, "results") == 0)
		return read_results(page);
	if ((value = take_value(page)) == NULL)
		return false;
	if (strcmp(name->valuestring, "count") == 0)
		page->total = cJSON_IsNumber(value) ? value->valuedouble : -1;
	return true;
}

static bool
read_page(struct page *page)
{
	if (!take_sign(page, '{'))
		return false;
	do {
		if (!read_member(page))
			return false;
	} while (take_sign(page, ','));
	return take_sign(page, '}') && page->listed && page->total >= 0 &&
	       page->total <= 1e9;
}

bool
json_page(const struct buf *text, bool (*take)(const cJSON *, void *), void *to,
    size_t *got, size_t *total)
{
	const char *start = buf_text(text);
	struct page page = {
	    .at = start, .end = start + text->len, .to = to, .total = -1};

	/* All of it is good before any of it is taken. */
	if (!read_page(&page))
		return false;
	page = (struct page){.at = start,
	    .end = start + text->len,
	    .take = take,
	    .to = to,
	    .total = -1};
	if (!read_page(&page))
		return false;
	*got = page.got;
	*total = (size_t)page.total;
	return true;
}

/* --- writing -------------------------------------------------------------- */

bool
json_put(cJSON *object, const char *name, cJSON *value)
{
	if (cJSON_AddItemToObject(object, name, value))
		return true;
	cJSON_Delete(value);
	return false;
}

bool
json_print(cJSON *json, size_t room, struct buf *body, struct fail *fail)
{
	if (json == NULL)
		return fail_memory(fail);
	if (!buf_reserve(body, room, fail))
		return false;
	if (!cJSON_PrintPreallocated(json, (char *)body->data, (int)room, 0))
		return fail_memory(fail);
	body->len = strlen((const char *)body->data);
	return true;
}
