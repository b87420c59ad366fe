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

bool
json_page(const struct buf *text, bool (*take)(const cJSON *, void *), void *to,
    size_t *got, size_t *total)
{
	CLEANUP(json_free) cJSON *json = json_parse(text);
	const cJSON *count = json_get(json, "count");
	const cJSON *results = json_get(json, "results");
	const cJSON *item;

	if (!cJSON_IsNumber(count) || !cJSON_IsArray(results) ||
	    count->valuedouble < 0 || count->valuedouble > 1e9)
		return false;
	cJSON_ArrayForEach(item, results)
	{
		if (!cJSON_IsObject(item))
			return false;
	}
	*total = (size_t)count->valuedouble;
	*got = 0;
	cJSON_ArrayForEach(item, results)
	{
		if (!take(item, to))
			return false;
		(*got)++;
	}
	return true;
}

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
