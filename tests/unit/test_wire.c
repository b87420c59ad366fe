/* JSON of the API to records and back, and requests and refusals. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "gcore/api.h"
#include "gcore/place.h"
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
	    {"{\"id\":\"t-1\",\"state\":\"NEW\",\"created_on\":null}", true,
		TASK_PENDING, -1, "", ""},
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
the_answer_to_a_create_is_one_task(void **state)
{
	static const struct {
		const char *json, *id;
	} rows[] = {
	    {"{\"tasks\":[\"a-1\"]}", "a-1"},
	    {"{\"tasks\":[\"a\",\"b\"]}", NULL},
	    {"{\"tasks\":[]}", NULL},
	    {"{\"tasks\":[null]}", NULL},
	    {"{\"tasks\":[\"a?b\"]}", NULL},
	    {"{\"tasks\":\"a\"}", NULL},
	    {"{}", NULL},
	    {"", NULL},
	};
	char id[MODEL_ID_SIZE];

	(void)state;
	for (size_t i = 0; i < COUNTOF(rows); i++) {
		CLEANUP(buf_clear) struct buf json = text(rows[i].json);

		assert_int_equal(wire_task_id(&json, id), rows[i].id != NULL);
		if (rows[i].id != NULL)
			assert_string_equal(id, rows[i].id);
	}
}

static void
a_create_has_what_is_documented_and_nothing_empty(void **state)
{
	static const struct {
		struct secret_draft draft;
		const char *json;
	} rows[] = {
	    {{"n", "cGF5", "RSA", 2048},
		"{\"name\":\"n\",\"secret_type\":\"certificate\","
		"\"payload\":\"cGF5\",\"payload_content_type\":"
		"\"application/octet-stream\",\"payload_content_encoding\":"
		"\"base64\",\"algorithm\":\"RSA\",\"bit_length\":2048}"},
	    {{"\"\\\x01", "cGF5", NULL, 0},
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
requests_go_where_the_api_is(void **state)
{
	static const char *const bases[] = {"https://api.example",
	    "https://api.example/", "https://api.example/cloud",
	    "https://api.example/cloud//"};
	static const struct secret_draft draft = {"n", "cGF5", NULL, 0};

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
		assert_true(task.maybe_missing && !task.once);
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
		good = place_choose(&list, "project", rows[i].name, &id, &fail);
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
	    cmocka_unit_test(the_answer_to_a_create_is_one_task),
	    cmocka_unit_test(a_create_has_what_is_documented_and_nothing_empty),
	    cmocka_unit_test(requests_go_where_the_api_is),
	    cmocka_unit_test(refusals_say_who_can_mend_them),
	    cmocka_unit_test(a_place_is_found_by_name_or_as_the_only_default),
	};

	wire_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
