#include "schema.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

bool
schema_wrong(struct schema_error *error, const char *field, const char *message)
{
	error->status = 400;
	error->field = field;
	snprintf(error->message, sizeof(error->message), "%s", message);
	return false;
}

const char *
schema_text(const cJSON *json, const char *name)
{
	return cJSON_GetStringValue(
	    cJSON_GetObjectItemCaseSensitive(json, name));
}

/* --- types ---------------------------------------------------------------- */

static const char *
string(const struct schema_field *field, const cJSON *value)
{
	const char *text = cJSON_GetStringValue(value);
	long len;

	if (text == NULL)
		return "Not a valid string.";
	len = (long)strlen(text);
	if (len < field->least || len > field->most)
		return "Length out of range.";
	if (field->words == NULL)
		return NULL;
	for (size_t i = 0; field->words[i] != NULL; i++)
		if (strcmp(text, field->words[i]) == 0)
			return NULL;
	return "Not a valid choice.";
}

static const char *
integer(const struct schema_field *field, const cJSON *value)
{
	return cJSON_IsNumber(value) &&
		       value->valuedouble >= (double)field->least &&
		       value->valuedouble <= (double)field->most &&
		       value->valuedouble == (double)(long)value->valuedouble
		   ? NULL
		   : "Not a valid integer.";
}

/* ^[a-zA-Z0-9][a-zA-Z 0-9._\-]{1,61}[a-zA-Z0-9._]$ */
static bool
is_name(const char *text)
{
	static const char all[] = "abcdefghijklmnopqrstuvwxyz"
				  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._ -";
	size_t len = text == NULL ? 0 : strlen(text);

	return len >= 3 && len <= 63 && strspn(text, all) == len &&
	       isalnum((unsigned char)text[0]) && text[len - 1] != ' ' &&
	       text[len - 1] != '-';
}

static bool
is_uuid(const cJSON *value)
{
	static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
	const char *text = cJSON_GetStringValue(value);

	if (text == NULL || strlen(text) != sizeof(form) - 1)
		return false;
	for (size_t i = 0; form[i] != '\0'; i++)
		if (form[i] == 'x' ? !isxdigit((unsigned char)text[i])
				   : text[i] != '-')
			return false;
	return true;
}

static bool
is_empty(const cJSON *value)
{
	return cJSON_IsString(value) && value->valuestring[0] == '\0';
}

static const char *
uuids(const cJSON *value)
{
	if (!cJSON_IsArray(value))
		return "Not a valid list.";
	for (const cJSON *item = value->child; item != NULL; item = item->next)
		if (!is_uuid(item))
			return "Not a valid UUID.";
	return NULL;
}

/* What is wrong with a value that is there, or NULL. */
static const char *
problem_of(const struct schema_field *field, const cJSON *value)
{
	switch (field->type) {
	case SCHEMA_STRING:
		return string(field, value);
	case SCHEMA_INTEGER:
		return integer(field, value);
	case SCHEMA_BOOL:
		return cJSON_IsBool(value) ? NULL : "Not a valid boolean.";
	case SCHEMA_OBJECT:
		return cJSON_IsObject(value) ? NULL : "Not a valid object.";
	case SCHEMA_ARRAY:
		return cJSON_IsArray(value) ? NULL : "Not a valid list.";
	case SCHEMA_NAME:
		return is_name(cJSON_GetStringValue(value))
			   ? NULL
			   : "Not a valid name.";
	case SCHEMA_UUID:
		return is_uuid(value) ? NULL : "Not a valid UUID.";
	case SCHEMA_UUID_OR_EMPTY:
		return is_uuid(value) || is_empty(value) ? NULL
							 : "Not a valid UUID.";
	case SCHEMA_UUIDS:
		return uuids(value);
	}
	return NULL;
}

/* --- objects -------------------------------------------------------------- */

static const char *
member_problem(const struct schema_field *field, const cJSON *json)
{
	const cJSON *value =
	    cJSON_GetObjectItemCaseSensitive(json, field->name);

	if (value == NULL)
		return field->flag == SCHEMA_REQUIRED
			   ? "This field is required."
			   : NULL;
	if (cJSON_IsNull(value))
		return field->flag == SCHEMA_NULLABLE
			   ? NULL
			   : "This field may not be null.";
	return problem_of(field, value);
}

bool
schema_check(const struct schema_field *fields, const cJSON *json,
    struct schema_error *error)
{
	for (; fields->name != NULL; fields++) {
		const char *problem = member_problem(fields, json);

		if (problem != NULL)
			return schema_wrong(error, fields->name, problem);
	}
	return true;
}

cJSON *
schema_parse(const char *body, size_t len, const struct schema_field *fields,
    struct schema_error *error)
{
	cJSON *json = cJSON_ParseWithLength(body, len);

	if (!cJSON_IsObject(json))
		schema_wrong(error, NULL, "Malformed JSON");
	else if (schema_check(fields, json, error))
		return json;
	cJSON_Delete(json);
	return NULL;
}
