/* JSON of the API to records and back, and requests and refusals. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "gcore/api.h"
#include "gcore/resolve.h"
#include "gcore/wire.h"

static struct buf
text(const char *bytes)
{
	struct buf buf = {0};
	struct fail fail;

	assert_true(buf_append(&buf, bytes, strlen(bytes), &fail));
	return buf;
}

static void
tasks_are_read_whatever_their_spelling(void **state)
{
	static const struct {
		const char *json;
		bool good;
		enum task_state state;
		int64_t created;
		const char *secret, *name;
	} rows[] = {
	    {"{\"id\":\"t-1\",\"state\":\"NEW\",\"created_on\":null,"
	     "\"task_type\":\"create_secret\"}",
		true, TASK_PENDING, -1, "", ""},
	    {"{\"id\":\"t\",\"state\":\"RUNNING\",\"created_on\":"
	     "\"2026-07-01T13:33:36\",\"data\":{\"name\":\"n\"}}",
		true, TASK_PENDING, 1782912816, "", "n"},
	    {"{\"id\":\"t\",\"state\":\"FINISHED\",\"created_on\":"
	     "\"2026-07-01T13:33:36.180394Z\",\"created_resources\":"
	     "{\"secrets\":[\"s-1\"],\"ports\":[]}}",
		true, TASK_FINISHED, 1782912816, "s-1", ""},
	    {"{\"id\":\"t\",\"state\":\"FINISHED\",\"created_on\":"
	     "\"2026-07-01T13:33:36+00:00\",\"created_resources\":null}",
		true, TASK_FINISHED, 1782912816, "", ""},
	    {"{\"id\":\"t\",\"state\":\"ERROR\",\"created_on\":"
	     "\"2026-07-01T13:33:36+02:00\",\"error\":\"e\"}",
		true, TASK_ERROR, -1, "", ""},
	    {"{\"id\":\"t\",\"state\":\"QUEUED\",\"data\":[1,2],"
	     "\"created_resources\":[]}",
		true, TASK_PENDING, -1, "", ""},
	    {"{\"id\":\"t\",\"state\":\"FINISHED\",\"created_resources\":"
	     "{\"secrets\":[\"../x\"]}}",
		true, TASK_FINISHED, -1, "", ""},
	    {"{\"id\":\"../../x\",\"state\":\"NEW\"}", false, 0, 0, "", ""},
	    {"{\"id\":7,\"state\":\"NEW\"}", false, 0, 0, "", ""},
	    {"{\"id\":\"t\"}", false, 0, 0, "", ""},
	    {"{\"id\":\"t\",\"state\":null}", false, 0, 0, "", ""},
	    {"[]", false, 0, 0, "", ""},
	    {"null", false, 0, 0, "", ""},
	    {"", false, 0, 0, "", ""},
	    {"<html>", false, 0, 0, "", ""},
	};

	(void)state;
	for (size_t i = 0; i < COUNTOF(rows); i++) {
		CLEANUP(buf_clear) struct buf json = text(rows[i].json);
		struct task task;

		assert_int_equal(wire_task(&json, &task), rows[i].good);
		if (!rows[i].good)
			continue;
		assert_int_equal(task.state, rows[i].state);
		assert_int_equal(task.created, rows[i].created);
		assert_string_equal(task.secret, rows[i].secret);
		assert_string_equal(task.name, rows[i].name);
	}
}

static void
a_cut_answer_is_never_taken(void **state)
{
	static const char whole[] =
	    "{\"count\":2,\"results\":[{\"id\":\"a\",\"name\":\"n\",\"status\":"
	    "\"ACTIVE\"},{\"id\":\"b\",\"name\":\"m\",\"status\":null}]}";
	struct secret_list list = {0};
	size_t got, total;

	(void)state;
	for (size_t len = 0; len < sizeof(whole); len++) {
		CLEANUP(buf_clear) struct buf json = text(whole);

		json.len = len;
		assert_int_equal(wire_secrets(&json, &list, &got, &total),
		    len == sizeof(whole) - 1);
	}
	assert_int_equal(got, 2);
	assert_int_equal(total, 2);
	assert_string_equal(list.items[list.count - 1].name, "m");
	secret_list_clear(&list);
}

static void
pages_of_another_shape_are_refused(void **state)
{
	static const char *const rows[] = {"{}", "[]", "{\"count\":1}",
	    "{\"results\":[]}", "{\"count\":\"1\",\"results\":[]}",
	    "{\"count\":-1,\"results\":[]}", "{\"count\":1e99,\"results\":[]}",
	    "{\"count\":1,\"results\":{}}", "{\"count\":1,\"results\":[1]}",
	    "{\"count\":1,\"results\":[null]}"};
	struct secret_list list = {0};
	size_t got, total;

	(void)state;
	for (size_t i = 0; i < COUNTOF(rows); i++) {
		CLEANUP(buf_clear) struct buf json = text(rows[i]);

		assert_false(wire_secrets(&json, &list, &got, &total));
	}
	assert_int_equal(list.count, 0);
}

static void
the_answer_to_a_create_is_one_task_to_a_change_none_or_one(void **state)
{
	static const struct {
		const char *json, *id;
		bool change; /* is the answer to a change */
	} rows[] = {
	    {"{\"tasks\":[\"a-1\"]}", "a-1", true},
	    {"{\"tasks\":[\"a\",\"b\"]}", NULL, false},
	    {"{\"tasks\":[]}", NULL, true},
	    {"{\"tasks\":[null]}", NULL, false},
	    {"{\"tasks\":[\"a?b\"]}", NULL, false},
	    {"{\"tasks\":\"a\"}", NULL, false},
	    {"{\"tasks\":\"\"}", NULL, false},
	    {"{\"tasks\":{}}", NULL, false},
	    {"{\"tasks\":{\"a\":\"b\"}}", NULL, false},
	    {"{\"tasks\":null}", NULL, false},
	    {"{}", NULL, false},
	    {"", NULL, false},
	};
	char id[MODEL_ID_SIZE];

	(void)state;
	for (size_t i = 0; i < COUNTOF(rows); i++) {
		CLEANUP(buf_clear) struct buf json = text(rows[i].json);

		assert_int_equal(wire_task_id(&json, id), rows[i].id != NULL);
		if (rows[i].id != NULL)
			assert_string_equal(id, rows[i].id);
		assert_int_equal(wire_change_id(&json, id), rows[i].change);
		if (rows[i].change)
			assert_string_equal(
			    id, rows[i].id == NULL ? "" : rows[i].id);
	}
}

static void
a_create_has_what_is_documented_and_nothing_empty(void **state)
{
	static const struct {
		struct secret_draft draft;
		const char *json;
	} rows[] = {
	    {{.name = "n",
		 .payload = "cGF5",
		 .algorithm = "RSA",
		 .bit_length = 2048},
		"{\"name\":\"n\",\"secret_type\":\"certificate\","
		"\"payload\":\"cGF5\",\"payload_content_type\":"
		"\"application/octet-stream\",\"payload_content_encoding\":"
		"\"base64\",\"algorithm\":\"RSA\",\"bit_length\":2048}"},
	    {{.name = "\"\\\x01", .payload = "cGF5"},
		"{\"name\":\"\\\"\\\\\\u0001\",\"secret_type\":"
		"\"certificate\",\"payload\":\"cGF5\","
		"\"payload_content_type\":\"application/octet-stream\","
		"\"payload_content_encoding\":\"base64\"}"},
	};

	(void)state;
	for (size_t i = 0; i < COUNTOF(rows); i++) {
		CLEANUP(buf_clear) struct buf body = {0};
		struct fail fail;

		assert_true(wire_create_secret(&rows[i].draft, &body, &fail));
		assert_string_equal(buf_text(&body), rows[i].json);
		assert_int_equal(body.len, strlen(rows[i].json));
	}
}

static void
a_create_of_v2_has_pem_texts_and_no_more(void **state)
{
	static const struct secret_draft draft = {.name = "\"\x01",
	    .algorithm = "RSA",
	    .bit_length = 2048,
	    .certificate = "-----BEGIN\nA+/=\r\n",
	    .private_key = "\n\n\n\n",
	    .chain = "C\n"};
	static const char json[] =
	    "{\"name\":\"\\\"\\u0001\",\"payload\":{\"certificate\":"
	    "\"-----BEGIN\\nA+/=\\r\\n\",\"private_key\":"
	    "\"\\n\\n\\n\\n\",\"certificate_chain\":\"C\\n\"}}";
	CLEANUP(buf_clear) struct buf body = {0};
	struct fail fail;

	(void)state;
	assert_true(wire_create_secret_v2(&draft, &body, &fail));
	assert_string_equal(buf_text(&body), json);
	assert_int_equal(body.len, sizeof(json) - 1);
}

/* Nothing but ends of lines: the most room that PEM can need. */
static void
a_create_of_v2_finds_room_for_what_is_escaped(void **state)
{
	char lines[9000], name[255 + 1];
	struct secret_draft draft = {.name = name,
	    .certificate = lines,
	    .private_key = lines,
	    .chain = lines};
	CLEANUP(buf_clear) struct buf body = {0};
	struct fail fail;

	(void)state;
	memset(lines, '\n', sizeof(lines) - 1);
	memset(name, 1, sizeof(name) - 1);
	lines[sizeof(lines) - 1] = name[sizeof(name) - 1] = '\0';
	assert_true(wire_create_secret_v2(&draft, &body, &fail));
	assert_true(body.len > 3 * 2 * (sizeof(lines) - 1) + 6 * 255);
}

static void
a_quota_not_listed_is_not_known(void **state)
{
	static const struct {
		const char *json;
		bool good;
		struct quota quota;
	} rows[] = {
	    {"{\"global_quotas\":{},\"regional_quotas\":[{\"region_id\":7,"
	     "\"secret_count_limit\":1,\"secret_count_usage\":0},"
	     "{\"region_id\":8,\"secret_count_limit\":10,"
	     "\"secret_count_usage\":9,\"vm_count_limit\":3}]}",
		true, {10, 9, true}},
	    {"{\"regional_quotas\":[{\"region_id\":7,"
	     "\"secret_count_limit\":10,\"secret_count_usage\":9}]}",
		true, {0}},
	    {"{\"regional_quotas\":[{\"region_id\":8,"
	     "\"secret_count_limit\":10}]}",
		true, {.limit = 10}},
	    {"{\"regional_quotas\":[{\"region_id\":8,"
	     "\"secret_count_limit\":\"10\",\"secret_count_usage\":9}]}",
		true, {0}},
	    {"{\"regional_quotas\":[{\"region_id\":8,"
	     "\"secret_count_limit\":1e99,\"secret_count_usage\":9}]}",
		true, {0}},
	    {"{\"regional_quotas\":[{\"region_id\":8}]}", true, {0}},
	    {"{\"regional_quotas\":[null,8,{\"region_id\":\"8\"}]}", true, {0}},
	    {"{\"regional_quotas\":[]}", true, {0}},
	    {"{\"regional_quotas\":null}", true, {0}},
	    {"{\"regional_quotas\":8}", true, {0}},
	    {"{}", true, {0}},
	    {"[]", false, {0}},
	    {"null", false, {0}},
	    {"", false, {0}},
	    {"{\"regional_quotas\":[{\"region_id\":8,", false, {0}},
	};

	(void)state;
	for (size_t i = 0; i < COUNTOF(rows); i++) {
		CLEANUP(buf_clear) struct buf json = text(rows[i].json);
		struct quota quota;

		assert_int_equal(wire_quota(&json, 8, &quota), rows[i].good);
		assert_int_equal(quota.known, rows[i].quota.known);
		assert_int_equal(quota.limit, rows[i].quota.limit);
		assert_int_equal(quota.usage, rows[i].quota.usage);
	}
}

static void
a_secret_is_found_by_its_id(void **state)
{
	static const struct secret secrets[] = {
	    {.id = "a", .name = "n"}, {.id = "b", .name = "n"}};
	struct secret_list list = {0};

	(void)state;
	assert_null(secret_find_id(&list, "a"));
	for (size_t i = 0; i < COUNTOF(secrets); i++)
		assert_true(secret_list_add(&list, &secrets[i]));
	assert_ptr_equal(secret_find_id(&list, "b"), &list.items[1]);
	assert_null(secret_find_id(&list, "n"));
	secret_list_clear(&list);
}

static void
tasks_are_asked_for_from_a_time_on(void **state)
{
	static const struct {
		int64_t since;
		const char *url;
	} rows[] = {
	    {1782912816,
		"https://a/cloud/v1/tasks?project_id=7&region_id=8&task_type="
		"create_secret&from_timestamp=2026-07-01T13:33:36Z&limit=1000&"
		"offset=2000"},
	    {-1, "https://a/cloud/v1/tasks?project_id=7&region_id=8&task_type="
		 "create_secret&limit=1000&offset=2000"},
	};

	(void)state;
	for (size_t i = 0; i < COUNTOF(rows); i++) {
		CLEANUP(api_clear) struct api api = {.project = 7, .region = 8};
		CLEANUP(http_request_clear) struct http_request request = {0};
		struct fail fail;

		assert_true(api_set_base(&api, "https://a", &fail));
		assert_true(api_tasks_since(
		    &api, rows[i].since, 2000, &request, &fail));
		assert_string_equal(buf_text(&request.url), rows[i].url);
		assert_int_equal(request.max_body, 4 << 20);
	}
}

/* What each operation asks for, and what it may be answered. */
static void
operations_are_sent_as_documented(void **state)
{
	static const struct secret_draft pem = {
	    .name = "n", .certificate = "c", .private_key = "k", .chain = "i"};
	CLEANUP(api_clear) struct api api = {.project = 7, .region = 8};
	struct http_request create = {0}, delete = {0}, quotas = {0};
	struct fail fail;

	(void)state;
	assert_true(api_set_base(&api, "https://a", &fail));
	assert_true(api_create_secret(&api, &pem, &create, &fail));
	assert_string_equal(
	    buf_text(&create.url), "https://a/cloud/v2/secrets/7/8");
	assert_true(create.once && create.method == HTTP_POST);
	assert_string_equal(buf_text(&create.body),
	    "{\"name\":\"n\",\"payload\":{\"certificate\":\"c\","
	    "\"private_key\":\"k\",\"certificate_chain\":\"i\"}}");
	assert_true(api_delete_secret(&api, "s-1", &delete, &fail));
	assert_string_equal(
	    buf_text(&delete.url), "https://a/cloud/v1/secrets/7/8/s-1");
	assert_true(!delete.once && delete.answers[0] == 404);
	assert_string_equal(http_method_name(delete.method), "DELETE");
	assert_true(api_quotas(&api, &quotas, &fail));
	assert_string_equal(
	    buf_text(&quotas.url), "https://a/cloud/v2/client_quotas");
	assert_int_equal(quotas.method, HTTP_GET);
	http_request_clear(&create);
	http_request_clear(&delete);
	http_request_clear(&quotas);
}

static void
each_status_means_what_the_table_says(void **state)
{
	static const struct {
		int status;
		bool missing, locked, in_use, gone;
	} rows[] = {
	    {0, false, false, false, false},
	    {200, false, false, false, false},
	    {400, false, false, true, false},
	    {404, true, false, false, true},
	    {405, false, false, false, true},
	    {409, false, true, false, false},
	    {410, false, false, false, true},
	    {500, false, false, false, false},
	};

	(void)state;
	for (size_t i = 0; i < COUNTOF(rows); i++) {
		struct http_response response = {.status = rows[i].status};

		assert_int_equal(
		    api_means(&response, API_MISSING), rows[i].missing);
		assert_int_equal(
		    api_means(&response, API_LOCKED), rows[i].locked);
		assert_int_equal(
		    api_means(&response, API_IN_USE), rows[i].in_use);
		assert_int_equal(api_means(&response, API_GONE), rows[i].gone);
	}
}

static void
requests_go_where_the_api_is(void **state)
{
	static const char *const bases[] = {"https://api.example",
	    "https://api.example/", "https://api.example/cloud",
	    "https://api.example/cloud//"};
	static const struct secret_draft draft = {
	    .name = "n", .payload = "cGF5"};

	(void)state;
	for (size_t i = 0; i < COUNTOF(bases); i++) {
		CLEANUP(api_clear) struct api api = {.project = 7, .region = 8};
		struct http_request create = {0}, task = {0};
		struct fail fail;

		assert_true(api_set_base(&api, bases[i], &fail));
		assert_true(api_create_secret(&api, &draft, &create, &fail));
		assert_string_equal(buf_text(&create.url),
		    "https://api.example/cloud/v1/secrets/7/8");
		assert_true(create.once);
		assert_int_equal(create.method, HTTP_POST);
		assert_true(api_task(&api, "t-1", &task, &fail));
		assert_string_equal(buf_text(&task.url),
		    "https://api.example/cloud/v1/tasks/t-1");
		assert_true(task.answers[0] == 404 && !task.once);
		http_request_clear(&create);
		http_request_clear(&task);
	}
}

static void
refusals_say_who_can_mend_them(void **state)
{
	static const struct {
		enum http_outcome outcome;
		int status;
		const char *body;
		enum fail_code code;
		const char *says;
	} rows[] = {
	    {HTTP_ANSWERED, 400,
		"{\"exception_class\":\"ValidationError\",\"message\":\"m\","
		"\"request_id\":\"r\"}",
		FAIL_REFUSED, "400 ValidationError: m (request r)"},
	    {HTTP_ANSWERED, 400, "{\"detail\":\"d\"}", FAIL_REFUSED, "400 d"},
	    {HTTP_ANSWERED, 400, "{\"errors\":{\"name\":[\"bad\"]}}",
		FAIL_REFUSED, "{\"name\":[\"bad\"]}"},
	    {HTTP_ANSWERED, 418, "<b>\x1b[2J", FAIL_REFUSED, "418 <b>\\x1b[2J"},
	    {HTTP_ANSWERED, 400, "", FAIL_REFUSED, "answered 400"},
	    {HTTP_ANSWERED, 401, "{}", FAIL_AUTH, "401"},
	    {HTTP_ANSWERED, 403, "{}", FAIL_AUTH, "403"},
	    {HTTP_ANSWERED, 404, "{}", FAIL_REFUSED, "404"},
	    {HTTP_ANSWERED, 302, "", FAIL_NETWORK, "302"},
	    {HTTP_ANSWERED, 429, "", FAIL_NETWORK, "429"},
	    {HTTP_ANSWERED, 500, "", FAIL_NETWORK, "500"},
	    {HTTP_ANSWERED, 200, "", FAIL_NETWORK, "cannot be understood"},
	    {HTTP_NOT_SENT, 0, "", FAIL_NETWORK, "cannot reach"},
	    {HTTP_NO_ANSWER, 0, "", FAIL_NETWORK, "no answer"},
	    {HTTP_UNTRUSTED, 0, "", FAIL_NETWORK, "not trusted"},
	    {HTTP_TOO_BIG, 0, "", FAIL_NETWORK, "unusable"},
	    {HTTP_LOCAL, 0, "", FAIL_INTERNAL, "cannot send"},
	};

	(void)state;
	for (size_t i = 0; i < COUNTOF(rows); i++) {
		struct http_response response = {
		    .outcome = rows[i].outcome, .status = rows[i].status};
		struct fail fail;

		response.body = text(rows[i].body);
		assert_false(api_refusal(&response, "doing", &fail));
		assert_int_equal(fail.code, rows[i].code);
		assert_non_null(strstr(fail.text, "doing: "));
		assert_non_null(strstr(fail.text, rows[i].says));
		http_response_clear(&response);
	}
}

static void
a_place_is_found_by_name_or_as_the_only_default(void **state)
{
	static const struct {
		struct place places[3];
		const char *name;
		int64_t id; /* 0: refused */
	} rows[] = {
	    {{{1, "a", false}, {2, "b", false}}, "b", 2},
	    {{{1, "a", false}, {2, "b", false}}, "B", 0},
	    {{{1, "a", false}, {2, "b", true}}, NULL, 2},
	    {{{1, "a", true}, {2, "b", true}}, NULL, 0},
	    {{{1, "a", false}, {2, "b", false}}, NULL, 0},
	    {{{1, "a", false}}, NULL, 1},
	    {{{0}}, NULL, 0},
	    {{{0}}, "a", 0},
	};

	(void)state;
	for (size_t i = 0; i < COUNTOF(rows); i++) {
		struct place_list list = {0};
		struct fail fail;
		int64_t id = 0;
		bool good;

		for (size_t p = 0; p < 3 && rows[i].places[p].id != 0; p++)
			assert_true(place_list_add(&list, &rows[i].places[p]));
		good =
		    resolve_choose(&list, "project", rows[i].name, &id, &fail);
		assert_int_equal(good, rows[i].id != 0);
		assert_int_equal(id, rows[i].id);
		place_list_clear(&list);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(tasks_are_read_whatever_their_spelling),
	    cmocka_unit_test(a_cut_answer_is_never_taken),
	    cmocka_unit_test(pages_of_another_shape_are_refused),
	    cmocka_unit_test(
		the_answer_to_a_create_is_one_task_to_a_change_none_or_one),
	    cmocka_unit_test(a_create_has_what_is_documented_and_nothing_empty),
	    cmocka_unit_test(a_create_of_v2_has_pem_texts_and_no_more),
	    cmocka_unit_test(a_create_of_v2_finds_room_for_what_is_escaped),
	    cmocka_unit_test(a_quota_not_listed_is_not_known),
	    cmocka_unit_test(a_secret_is_found_by_its_id),
	    cmocka_unit_test(tasks_are_asked_for_from_a_time_on),
	    cmocka_unit_test(operations_are_sent_as_documented),
	    cmocka_unit_test(each_status_means_what_the_table_says),
	    cmocka_unit_test(requests_go_where_the_api_is),
	    cmocka_unit_test(refusals_say_who_can_mend_them),
	    cmocka_unit_test(a_place_is_found_by_name_or_as_the_only_default),
	};

	wire_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
