/* JSON of listeners, pools and load balancers to records and back. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "gcore/api.h"
#include "gcore/wire.h"

static struct buf
text(const char *bytes)
{
	struct buf buf = {0};
	struct fail fail;

	assert_true(buf_append(&buf, bytes, strlen(bytes), &fail));
	return buf;
}

/* The one with these references; `sni` is separated by spaces. */
static struct references
references(const char *secret, const char *sni, const char *ca, const char *crl)
{
	struct references has = {0};
	char words[256], *rest = words, *id;

	snprintf(has.secret, sizeof(has.secret), "%s", secret);
	snprintf(has.ca, sizeof(has.ca), "%s", ca);
	snprintf(has.crl, sizeof(has.crl), "%s", crl);
	snprintf(words, sizeof(words), "%s", sni);
	while ((id = strsep(&rest, " ")) != NULL)
		if (id[0] != '\0')
			assert_true(id_list_add(&has.sni, id));
	return has;
}

static void
references_are_read_however_none_is_spelled(void **state)
{
	static const struct {
		const char *json; /* behind the id */
		bool good;
		const char *secret, *sni, *ca, *crl;
	} rows[] = {
	    {"", true, "", "", "", ""},
	    {",\"secret_id\":null,\"sni_secret_id\":null,\"ca_secret_id\":null,"
	     "\"crl_secret_id\":null",
		true, "", "", "", ""},
	    {",\"secret_id\":\"\",\"sni_secret_id\":\"\",\"ca_secret_id\":\"\","
	     "\"crl_secret_id\":\"\"",
		true, "", "", "", ""},
	    {",\"secret_id\":[],\"sni_secret_id\":[],\"ca_secret_id\":[],"
	     "\"crl_secret_id\":[]",
		true, "", "", "", ""},
	    {",\"secret_id\":\"a-1\",\"sni_secret_id\":[\"c\",\"b\",\"c\"]",
		true, "a-1", "c b c", "", ""},
	    {",\"secret_id\":\"\",\"sni_secret_id\":[\"b\"]", true, "", "b", "",
		""},
	    {",\"sni_secret_id\":[null,\"b\",\"\"]", true, "", "b", "", ""},
	    {",\"secret_id\":\"a\",\"ca_secret_id\":\"d\",\"crl_secret_id\":"
	     "\"e\"",
		true, "a", "", "d", "e"},
	    {",\"secret_id\":7", false, NULL, NULL, NULL, NULL},
	    {",\"secret_id\":false", false, NULL, NULL, NULL, NULL},
	    {",\"secret_id\":{}", false, NULL, NULL, NULL, NULL},
	    {",\"secret_id\":[\"a\"]", false, NULL, NULL, NULL, NULL},
	    {",\"secret_id\":\"a/b\"", false, NULL, NULL, NULL, NULL},
	    {",\"secret_id\":\"0123456789012345678901234567890123456789012345"
	     "678901234567890123\"",
		false, NULL, NULL, NULL, NULL},
	    {",\"sni_secret_id\":\"a\"", false, NULL, NULL, NULL, NULL},
	    {",\"sni_secret_id\":{\"0\":\"a\"}", false, NULL, NULL, NULL, NULL},
	    {",\"sni_secret_id\":{}", false, NULL, NULL, NULL, NULL},
	    {",\"sni_secret_id\":[\"a\",7]", false, NULL, NULL, NULL, NULL},
	    {",\"sni_secret_id\":[\"a\",\"b c\"]", false, NULL, NULL, NULL,
		NULL},
	    {",\"sni_secret_id\":[[\"a\"]]", false, NULL, NULL, NULL, NULL},
	    {",\"ca_secret_id\":7", false, NULL, NULL, NULL, NULL},
	    {",\"sni_secret_id\":[\"a\"],\"crl_secret_id\":\"/\"", false, NULL,
		NULL, NULL, NULL},
	};

	(void)state;
	for (size_t i = 0; i < COUNTOF(rows); i++) {
		CLEANUP(buf_clear) struct buf json = {0};
		CLEANUP(referrer_clear) struct referrer referrer;
		struct references want;
		struct fail fail;

		assert_true(
		    buf_printf(&json, &fail, "{\"id\":\"l\"%s}", rows[i].json));
		assert_int_equal(wire_referrer(&json, REFERRER_POOL, &referrer),
		    rows[i].good);
		if (!rows[i].good) {
			assert_null(referrer.has.sni.items);
			continue;
		}
		assert_int_equal(referrer.kind, REFERRER_POOL);
		want = references(
		    rows[i].secret, rows[i].sni, rows[i].ca, rows[i].crl);
		assert_string_equal(referrer.has.secret, want.secret);
		assert_string_equal(referrer.has.ca, want.ca);
		assert_string_equal(referrer.has.crl, want.crl);
		assert_true(id_list_equal(&referrer.has.sni, &want.sni));
		references_clear(&want);
	}
}

static void
listeners_and_pools_are_read_with_what_locks_them(void **state)
{
	static const struct {
		const char *json;
		bool good;
		const char *id, *name, *balancer, *protocol, *status, *task;
	} rows[] = {
	    {"{\"id\":\"l\",\"name\":\"n\",\"load_balancer_id\":\"b\","
	     "\"protocol\":\"TERMINATED_HTTPS\",\"provisioning_status\":"
	     "\"ACTIVE\",\"task_id\":null}",
		true, "l", "n", "b", "TERMINATED_HTTPS", "ACTIVE", ""},
	    {"{\"id\":\"p\",\"name\":\"n\",\"loadbalancers\":[{\"id\":\"b\"},"
	     "{\"id\":\"c\"}],\"protocol\":\"HTTPS\",\"provisioning_status\":"
	     "\"PENDING_UPDATE\",\"task_id\":\"t\"}",
		true, "p", "n", "b", "HTTPS", "PENDING_UPDATE", "t"},
	    {"{\"id\":\"l\",\"load_balancer_id\":null,\"loadbalancers\":[]}",
		true, "l", "", "", "", "", ""},
	    {"{\"id\":\"l\",\"name\":7,\"load_balancer_id\":7,"
	     "\"loadbalancers\":"
	     "{},\"protocol\":[],\"provisioning_status\":{},\"task_id\":1}",
		true, "l", "", "", "", "", ""},
	    {"{\"id\":\"l\",\"loadbalancers\":[\"b\"],\"task_id\":\"../t\"}",
		true, "l", "", "", "", "", ""},
	    {"{\"id\":\"../l\"}", false, "", "", "", "", "", ""},
	    {"{\"id\":7}", false, "", "", "", "", "", ""},
	    {"{\"name\":\"n\",\"sni_secret_id\":[\"a\"]}", false, "", "", "",
		"", "", ""},
	    {"[]", false, "", "", "", "", "", ""},
	    {"null", false, "", "", "", "", "", ""},
	    {"", false, "", "", "", "", "", ""},
	    {"{\"id\":\"l\",\"sni_secret_id\":[\"a\"", false, "", "", "", "",
		"", ""},
	};

	(void)state;
	for (size_t i = 0; i < COUNTOF(rows); i++) {
		CLEANUP(buf_clear) struct buf json = text(rows[i].json);
		struct referrer referrer;

		assert_int_equal(
		    wire_referrer(&json, REFERRER_LISTENER, &referrer),
		    rows[i].good);
		assert_string_equal(referrer.id, rows[i].id);
		assert_string_equal(referrer.name, rows[i].name);
		assert_string_equal(referrer.balancer, rows[i].balancer);
		assert_string_equal(referrer.protocol, rows[i].protocol);
		assert_string_equal(referrer.status, rows[i].status);
		assert_string_equal(referrer.task, rows[i].task);
		referrer_clear(&referrer);
	}
}

static void
a_page_of_listeners_is_taken_whole_or_not_at_all(void **state)
{
	static const struct {
		const char *json;
		size_t count; /* in the list then */
	} rows[] = {
	    {"{\"count\":9,\"results\":[{\"id\":\"a\",\"sni_secret_id\":[\"s\"]"
	     "},{\"id\":\"b\",\"secret_id\":null}]}",
		2},
	    {"{\"count\":9,\"results\":[{\"id\":\"c\",\"sni_secret_id\":[\"s\"]"
	     "},{\"secret_id\":\"s\"}]}",
		2},
	    {"{\"count\":9,\"results\":[{\"id\":\"c\",\"sni_secret_id\":[\"s\"]"
	     "},null]}",
		2},
	    {"{\"count\":9,\"results\":[{\"id\":\"c\",\"sni_secret_id\":[\"s\"]"
	     "},{\"id\":\"d\",\"secret_id\":1}]}",
		2},
	    {"{\"count\":9,\"results\":[{\"id\":\"c\",\"sni_secret_id\":[\"s\"]"
	     "}]",
		2},
	    {"{\"count\":9,\"results\":[{\"id\":\"c\"}]}", 3},
	};
	struct referrer_list list = {0};

	(void)state;
	for (size_t i = 0; i < COUNTOF(rows); i++) {
		CLEANUP(buf_clear) struct buf json = text(rows[i].json);
		size_t before = list.count, got = 0, total = 0;

		assert_int_equal(wire_referrers(&json, REFERRER_LISTENER, &list,
				     &got, &total),
		    rows[i].count > before);
		assert_int_equal(list.count, rows[i].count);
		if (list.count == before)
			continue;
		assert_int_equal(got, list.count - before);
		assert_int_equal(total, 9);
	}
	assert_string_equal(list.items[0].has.sni.items[0], "s");
	assert_string_equal(list.items[2].id, "c");
	referrer_list_clear(&list);
	assert_null(list.items);
}

static void
balancers_are_read_and_those_without_an_id_passed_over(void **state)
{
	static const char json[] =
	    "{\"count\":4,\"results\":[{\"id\":\"b\",\"name\":\"n\","
	    "\"provisioning_status\":\"ACTIVE\",\"task_id\":\"t\"},"
	    "{\"id\":null},{\"id\":\"/\"},{\"id\":\"c\",\"name\":7}]}";
	CLEANUP(buf_clear) struct buf page = text(json);
	struct balancer_list list = {0};
	const struct balancer *one;
	size_t got, total;

	(void)state;
	assert_true(wire_balancers(&page, &list, &got, &total));
	assert_int_equal(got, 4);
	assert_int_equal(list.count, 2);
	one = &list.items[0];
	assert_string_equal(one->id, "b");
	assert_string_equal(one->name, "n");
	assert_string_equal(list.items[1].id, "c");
	assert_string_equal(list.items[1].name, "");
	page.len--;
	assert_false(wire_balancers(&page, &list, &got, &total));
	balancer_list_clear(&list);
}

static void
a_change_names_only_what_differs(void **state)
{
	static const struct {
		const char *now[4], *wanted[4]; /* secret, sni, ca, crl */
		const char *json;
	} rows[] = {
	    {{"a", "b c", "d", "e"}, {"a", "b c", "d", "e"}, "{}"},
	    {{"a", "b", "", ""}, {"x", "b", "", ""}, "{\"secret_id\":\"x\"}"},
	    {{"a", "b c", "", ""}, {"a", "c b", "", ""},
		"{\"sni_secret_id\":[\"c\",\"b\"]}"},
	    {{"a", "b", "", ""}, {"x", "b x", "", ""},
		"{\"secret_id\":\"x\",\"sni_secret_id\":[\"b\",\"x\"]}"},
	    {{"", "", "", ""}, {"x", "x", "", ""},
		"{\"secret_id\":\"x\",\"sni_secret_id\":[\"x\"]}"},
	    {{"a", "b", "d", "e"}, {"", "", "", ""},
		"{\"secret_id\":null,\"ca_secret_id\":null,\"crl_secret_id\":"
		"null,\"sni_secret_id\":[]}"},
	    {{"a", "", "d", "e"}, {"a", "", "x", "y"},
		"{\"ca_secret_id\":\"x\",\"crl_secret_id\":\"y\"}"},
	};

	(void)state;
	for (size_t i = 0; i < COUNTOF(rows); i++) {
		const char *const *n = rows[i].now, *const *w = rows[i].wanted;
		CLEANUP(references_clear)
		struct references now = references(n[0], n[1], n[2], n[3]);
		CLEANUP(references_clear)
		struct references wanted = references(w[0], w[1], w[2], w[3]);
		CLEANUP(buf_clear) struct buf body = {0};
		struct fail fail;

		assert_true(wire_references(&now, &wanted, &body, &fail));
		assert_string_equal(buf_text(&body), rows[i].json);
		assert_int_equal(body.len, strlen(rows[i].json));
	}
}

static void
a_change_finds_room_for_many_long_ids(void **state)
{
	static const struct references now;
	CLEANUP(references_clear) struct references wanted = {0};
	CLEANUP(buf_clear) struct buf body = {0};
	char id[MODEL_ID_SIZE];
	struct fail fail;

	(void)state;
	memset(id, 'f', sizeof(id) - 1);
	id[sizeof(id) - 1] = '\0';
	memcpy(wanted.secret, id, sizeof(id));
	memcpy(wanted.ca, id, sizeof(id));
	memcpy(wanted.crl, id, sizeof(id));
	for (int i = 0; i < 1000; i++)
		assert_true(id_list_add(&wanted.sni, id));
	assert_true(wire_references(&now, &wanted, &body, &fail));
	assert_true(body.len > 1003 * strlen(id));
}

static void
lists_of_ids_are_compared_in_order_and_copied_whole(void **state)
{
	CLEANUP(references_clear)
	struct references a = references("s", "x y", "c", "r");
	CLEANUP(references_clear)
	struct references b = references("", "y x", "", "");
	static const struct {
		const char *id;
		bool held;
	} rows[] = {{"s", true}, {"x", true}, {"y", true}, {"c", true},
	    {"r", true}, {"z", false}, {"X", false}};

	(void)state;
	for (size_t i = 0; i < COUNTOF(rows); i++)
		assert_int_equal(references_hold(&a, rows[i].id), rows[i].held);
	assert_true(id_list_contains(&a.sni, "y"));
	assert_false(id_list_contains(&a.sni, "s"));
	assert_false(id_list_equal(&a.sni, &b.sni));
	assert_true(id_list_copy(&b.sni, &a.sni));
	assert_true(id_list_equal(&a.sni, &b.sni));
	assert_ptr_not_equal(a.sni.items, b.sni.items);
	for (int i = 0; i < 40; i++)
		assert_true(id_list_add(&a.sni, "z"));
	assert_string_equal(a.sni.items[1], "y");
	assert_false(id_list_equal(&a.sni, &b.sni));
}

static void
listeners_and_pools_have_addresses_of_their_own(void **state)
{
	static const struct {
		enum referrer_kind kind;
		const char *list, *one, *change;
	} rows[] = {
	    {REFERRER_LISTENER,
		"https://a/cloud/v1/lblisteners/7/8?limit=1000&offset=5",
		"https://a/cloud/v1/lblisteners/7/8/x-1",
		"https://a/cloud/v2/lblisteners/7/8/x-1"},
	    {REFERRER_POOL,
		"https://a/cloud/v1/lbpools/7/8?limit=1000&offset=5",
		"https://a/cloud/v1/lbpools/7/8/x-1",
		"https://a/cloud/v2/lbpools/7/8/x-1"},
	};
	static const struct references now = {.secret = "a"};
	static const struct references wanted = {.secret = "b"};
	CLEANUP(api_clear) struct api api = {.project = 7, .region = 8};
	struct fail fail;

	(void)state;
	assert_true(api_set_base(&api, "https://a", &fail));
	for (size_t i = 0; i < COUNTOF(rows); i++) {
		struct http_request list = {0}, one = {0}, change = {0};
		enum referrer_kind kind = rows[i].kind;

		assert_true(api_referrers(&api, kind, 5, &list, &fail));
		assert_string_equal(buf_text(&list.url), rows[i].list);
		assert_int_equal(list.max_body, 4 << 20);
		assert_true(api_referrer(&api, kind, "x-1", &one, &fail));
		assert_string_equal(buf_text(&one.url), rows[i].one);
		assert_true(
		    wire_references(&now, &wanted, &change.body, &fail));
		assert_true(
		    api_patch_referrer(&api, kind, "x-1", &change, &fail));
		assert_string_equal(buf_text(&change.url), rows[i].change);
		assert_string_equal(
		    buf_text(&change.body), "{\"secret_id\":\"b\"}");
		assert_string_equal(http_method_name(change.method), "PATCH");
		assert_true(change.answers[0] == 409);
		assert_true(change.ages && !change.once);
		http_request_clear(&list);
		http_request_clear(&one);
		http_request_clear(&change);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(references_are_read_however_none_is_spelled),
	    cmocka_unit_test(listeners_and_pools_are_read_with_what_locks_them),
	    cmocka_unit_test(a_page_of_listeners_is_taken_whole_or_not_at_all),
	    cmocka_unit_test(
		balancers_are_read_and_those_without_an_id_passed_over),
	    cmocka_unit_test(a_change_names_only_what_differs),
	    cmocka_unit_test(a_change_finds_room_for_many_long_ids),
	    cmocka_unit_test(
		lists_of_ids_are_compared_in_order_and_copied_whole),
	    cmocka_unit_test(listeners_and_pools_have_addresses_of_their_own),
	};

	wire_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
