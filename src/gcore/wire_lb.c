/* Listeners, pools and load balancers. */
#include <string.h>

#include "gcore/json.h"
#include "gcore/wire.h"

/* --- references ----------------------------------------------------------- */

/* The spellings of "no reference" that the server has. */
static bool
is_none(const cJSON *json)
{
	const char *text = json_string(json);

	return json == NULL || cJSON_IsNull(json) ||
	       (text != NULL && text[0] == '\0') ||
	       (cJSON_IsArray(json) && cJSON_GetArraySize(json) == 0);
}

static bool
read_reference(const cJSON *json, char id[MODEL_ID_SIZE])
{
	id[0] = '\0';
	return is_none(json) || json_copy_id(id, json_string(json));
}

static bool
read_references(const cJSON *json, struct references *has)
{
	const cJSON *sni = json_get(json, "sni_secret_id");
	const cJSON *item;
	char id[MODEL_ID_SIZE];

	if (!is_none(sni) && !cJSON_IsArray(sni))
		return false;
	cJSON_ArrayForEach(item, sni)
	{
		if (!read_reference(item, id) ||
		    (id[0] != '\0' && !id_list_add(&has->sni, id)))
			return false;
	}
	return read_reference(json_get(json, "secret_id"), has->secret) &&
	       read_reference(json_get(json, "ca_secret_id"), has->ca) &&
	       read_reference(json_get(json, "crl_secret_id"), has->crl);
}

/* --- records -------------------------------------------------------------- */

/* Listeners say "load_balancer_id", pools list theirs. */
static const char *
balancer_of(const cJSON *json)
{
	const char *id = json_text(json, "load_balancer_id");

	return id != NULL ? id
			  : json_text(cJSON_GetArrayItem(
					  json_get(json, "loadbalancers"), 0),
				"id");
}

static bool
read_referrer(
    const cJSON *json, enum referrer_kind kind, struct referrer *referrer)
{
	*referrer = (struct referrer){.kind = kind};
	json_copy(
	    referrer->name, sizeof(referrer->name), json_text(json, "name"));
	json_copy(referrer->protocol, sizeof(referrer->protocol),
	    json_text(json, "protocol"));
	json_copy(referrer->status, sizeof(referrer->status),
	    json_text(json, "provisioning_status"));
	(void)json_copy_id(referrer->balancer, balancer_of(json));
	(void)json_copy_id(referrer->task, json_text(json, "task_id"));
	if (json_copy_id(referrer->id, json_text(json, "id")) &&
	    read_references(json, &referrer->has))
		return true;
	referrer_clear(referrer);
	return false;
}

static bool
read_balancer(const cJSON *json, struct balancer *balancer)
{
	json_copy(
	    balancer->name, sizeof(balancer->name), json_text(json, "name"));
	return json_copy_id(balancer->id, json_text(json, "id"));
}

/* --- pages ---------------------------------------------------------------- */

struct referrers {
	enum referrer_kind kind;
	struct referrer_list *list;
};

static bool
take_referrer(const cJSON *json, void *to)
{
	const struct referrers *referrers = to;
	struct referrer referrer;

	if (!read_referrer(json, referrers->kind, &referrer))
		return false;
	if (referrer_list_add(referrers->list, &referrer))
		return true;
	referrer_clear(&referrer);
	return false;
}

static bool
take_balancer(const cJSON *json, void *list)
{
	struct balancer balancer;

	return !read_balancer(json, &balancer) ||
	       balancer_list_add(list, &balancer);
}

bool
wire_referrers(const struct buf *text, enum referrer_kind kind,
    struct referrer_list *list, size_t *got, size_t *total)
{
	struct referrers referrers = {kind, list};
	size_t before = list->count;

	if (json_page(text, take_referrer, &referrers, got, total))
		return true;
	while (list->count > before)
		referrer_clear(&list->items[--list->count]);
	return false;
}

bool
wire_referrer(
    const struct buf *text, enum referrer_kind kind, struct referrer *referrer)
{
	CLEANUP(json_free) cJSON *json = json_parse(text);

	return read_referrer(json, kind, referrer);
}

bool
wire_balancers(const struct buf *text, struct balancer_list *list, size_t *got,
    size_t *total)
{
	return json_page(text, take_balancer, list, got, total);
}

/* --- a change ------------------------------------------------------------- */

static cJSON *
reference_json(const char *id)
{
	return id[0] == '\0' ? cJSON_CreateNull()
			     : cJSON_CreateStringReference(id);
}

static cJSON *
list_json(const struct id_list *list)
{
	cJSON *json = cJSON_CreateArray();

	for (size_t i = 0; i < list->count; i++) {
		cJSON *id = cJSON_CreateStringReference(list->items[i]);

		if (cJSON_AddItemToArray(json, id))
			continue;
		cJSON_Delete(id);
		cJSON_Delete(json);
		return NULL;
	}
	return json;
}

bool
wire_references(const struct references *now, const struct references *wanted,
    struct buf *body, struct fail *fail)
{
	const struct {
		const char *name, *now, *wanted;
	} rows[] = {
	    {"secret_id", now->secret, wanted->secret},
	    {"ca_secret_id", now->ca, wanted->ca},
	    {"crl_secret_id", now->crl, wanted->crl},
	};
	CLEANUP(json_free) cJSON *json = cJSON_CreateObject();

	for (size_t i = 0; i < COUNTOF(rows); i++)
		if (strcmp(rows[i].now, rows[i].wanted) != 0 &&
		    !json_put(
			json, rows[i].name, reference_json(rows[i].wanted)))
			return fail_memory(fail);
	if (!id_list_equal(&now->sni, &wanted->sni) &&
	    !json_put(json, "sni_secret_id", list_json(&wanted->sni)))
		return fail_memory(fail);
	/* Identifiers need no escapes; each has quotes and a comma. */
	return json_print(
	    json, (wanted->sni.count + 4) * (MODEL_ID_SIZE + 32), body, fail);
}
