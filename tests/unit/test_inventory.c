/* The inventory against a server that answers from a table. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "gcore/inventory.h"
#include "gcore/wire.h"

static struct api api = {.project = 7, .region = 8};

struct answer {
	const char *url; /* behind "https://a/cloud/v1/" */
	const char *body;
};

#define TASKS "tasks/7/8/active?task_type=create_secret&limit=1000&offset="
#define SECRETS "secrets/7/8?limit=1000&offset="
#define LISTENERS "lblisteners/7/8?limit=1000&offset="
#define POOLS "lbpools/7/8?limit=1000&offset="
#define BALANCERS "loadbalancers/7/8?limit=1000&offset="
#define NONE "{\"count\":0,\"results\":[]}"

/* The next request is the one expected; its answer to the inventory. */
static bool
answer(struct inventory *inventory, const struct answer *answer)
{
	static const char base[] = "https://a/cloud/v1/";
	CLEANUP(http_response_clear)
	struct http_response response = {
	    .outcome = HTTP_ANSWERED, .status = 200, .date = 1782912816};
	struct flow_step step = {0};
	struct fail fail;

	assert_int_equal(inventory_flow.next(inventory, &step), FLOW_SEND);
	assert_memory_equal(
	    buf_text(&step.request.url), base, sizeof(base) - 1);
	assert_string_equal(
	    buf_text(&step.request.url) + sizeof(base) - 1, answer->url);
	assert_int_equal(step.request.method, HTTP_GET);
	http_request_clear(&step.request);
	assert_true(buf_append(
	    &response.body, answer->body, strlen(answer->body), &fail));
	return inventory_flow.accept(inventory, &response);
}

static void
is_done(struct inventory *inventory)
{
	struct flow_step step = {0};

	assert_int_equal(inventory_flow.next(inventory, &step), FLOW_DONE);
	assert_null(step.request.url.data);
}

/* --- tests ---------------------------------------------------------------- */

static void
each_scope_goes_on_from_the_one_before(void **state)
{
	static const struct answer answers[] = {
	    {TASKS "0",
		"{\"count\":1,\"results\":[{\"id\":\"t\",\"state\":\"NEW\"}]}"},
	    {SECRETS "0",
		"{\"count\":1,\"results\":[{\"id\":\"s\",\"name\":\"n\"}]}"},
	    {LISTENERS "0", "{\"count\":1,\"results\":[{\"id\":\"l\"}]}"},
	    {POOLS "0", "{\"count\":1,\"results\":[{\"id\":\"p\"}]}"},
	    {BALANCERS "0", "{\"count\":1,\"results\":[{\"id\":\"b\"}]}"},
	};
	static const struct {
		enum inventory_scope scope;
		size_t answers;
	} rows[] = {
	    {INVENTORY_SECRETS, 2},
	    {INVENTORY_REFERRERS, 4},
	    {INVENTORY_ALL, 5},
	};

	(void)state;
	for (size_t i = 0; i < COUNTOF(rows); i++) {
		CLEANUP(inventory_clear) struct inventory inventory;
		struct referrer_list *referrers = &inventory.referrers;

		inventory_init(&inventory, &api, rows[i].scope);
		for (size_t a = 0; a < rows[i].answers; a++)
			assert_true(answer(&inventory, &answers[a]));
		is_done(&inventory);
		assert_int_equal(inventory.fail.code, FAIL_NONE);
		assert_int_equal(inventory.date, 1782912816);
		assert_int_equal(inventory.tasks.count, 1);
		assert_int_equal(inventory.secrets.count, 1);
		assert_int_equal(referrers->count,
		    rows[i].scope == INVENTORY_SECRETS ? 0 : 2);
		assert_int_equal(
		    inventory.balancers.count, rows[i].scope == INVENTORY_ALL);
		if (referrers->count == 0)
			continue;
		assert_int_equal(referrers->items[0].kind, REFERRER_LISTENER);
		assert_string_equal(referrers->items[0].id, "l");
		assert_int_equal(referrers->items[1].kind, REFERRER_POOL);
		assert_string_equal(referrers->items[1].id, "p");
	}
}

static void
pages_are_read_to_their_end(void **state)
{
	static const struct answer answers[] = {
	    {TASKS "0", NONE},
	    {SECRETS "0", NONE},
	    {LISTENERS "0",
		"{\"count\":3,\"results\":[{\"id\":\"a\"},{\"id\":\"b\"}]}"},
	    {LISTENERS "2", "{\"count\":3,\"results\":[{\"id\":\"c\"}]}"},
	    /* One that ends before its count has ended. */
	    {POOLS "0", "{\"count\":2,\"results\":[{\"id\":\"d\"}]}"},
	    {POOLS "1", "{\"count\":2,\"results\":[]}"},
	    {BALANCERS "0", NONE},
	};
	CLEANUP(inventory_clear) struct inventory inventory;

	(void)state;
	inventory_init(&inventory, &api, INVENTORY_ALL);
	for (size_t i = 0; i < COUNTOF(answers); i++)
		assert_true(answer(&inventory, &answers[i]));
	is_done(&inventory);
	assert_int_equal(inventory.referrers.count, 4);
	assert_string_equal(inventory.referrers.items[2].id, "c");
}

static void
an_unusable_page_is_asked_for_again_and_leaves_nothing(void **state)
{
	static const struct {
		struct answer answer;
		bool good;
	} rows[] = {
	    {{TASKS "0", NONE}, true},
	    {{SECRETS "0",
		 "{\"count\":2,\"results\":[{\"id\":\"s\",\"name\":\"n\"},"
		 "7]}"},
		false},
	    {{SECRETS "0",
		 "{\"count\":1,\"results\":[{\"id\":\"s\",\"name\":\"n\"}]}"},
		true},
	    {{LISTENERS "0",
		 "{\"count\":2,\"results\":[{\"id\":\"l\",\"sni_secret_id\":"
		 "[\"s\"]},{\"id\":\"m\",\"secret_id\":7}]}"},
		false},
	    {{LISTENERS "0",
		 "{\"count\":1,\"results\":[{\"id\":\"l\",\"sni_secret_id\":"
		 "[\"s\"]}]}"},
		true},
	    {{POOLS "0", NONE}, true},
	};
	CLEANUP(inventory_clear) struct inventory inventory;

	(void)state;
	inventory_init(&inventory, &api, INVENTORY_REFERRERS);
	for (size_t i = 0; i < COUNTOF(rows); i++)
		assert_int_equal(
		    answer(&inventory, &rows[i].answer), rows[i].good);
	is_done(&inventory);
	assert_int_equal(inventory.secrets.count, 1);
	assert_int_equal(inventory.referrers.count, 1);
}

static void
a_refusal_says_what_was_listed_and_ends_it(void **state)
{
	static const struct answer answers[] = {{TASKS "0", NONE},
	    {SECRETS "0", NONE}, {LISTENERS "0", NONE}, {POOLS "0", NONE}};
	static const char *const doing[] = {
	    "listing tasks: ", "listing secrets: ", "listing listeners: ",
	    "listing pools: ", "listing load balancers: "};

	(void)state;
	for (size_t i = 0; i < COUNTOF(doing); i++) {
		CLEANUP(inventory_clear) struct inventory inventory;
		struct http_response response = {
		    .outcome = HTTP_ANSWERED, .status = 403};

		inventory_init(&inventory, &api, INVENTORY_ALL);
		for (size_t a = 0; a < i; a++)
			assert_true(answer(&inventory, &answers[a]));
		inventory_flow.refuse(&inventory, RETRY_GIVE_UP, &response);
		is_done(&inventory);
		assert_int_equal(inventory.fail.code, FAIL_AUTH);
		assert_memory_equal(
		    inventory.fail.text, doing[i], strlen(doing[i]));
	}
}

static void
cleared_it_begins_anew(void **state)
{
	static const struct answer first = {TASKS "0",
	    "{\"count\":1,\"results\":[{\"id\":\"t\",\"state\":\"NEW\"}]}"};
	struct inventory inventory;
	struct fail why;

	(void)state;
	inventory_init(&inventory, &api, INVENTORY_ALL);
	assert_true(answer(&inventory, &first));
	fail_set(&why, FAIL_TIMEOUT, "not done in time");
	inventory_flow.stop(&inventory, true, &why);
	is_done(&inventory);
	assert_int_equal(inventory.fail.code, FAIL_TIMEOUT);
	inventory_clear(&inventory);
	assert_int_equal(inventory.tasks.count, 0);
	assert_int_equal(inventory.fail.code, FAIL_NONE);
	assert_int_equal(inventory.scope, INVENTORY_ALL);
	assert_true(answer(&inventory, &first));
	inventory_clear(&inventory);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_scope_goes_on_from_the_one_before),
	    cmocka_unit_test(pages_are_read_to_their_end),
	    cmocka_unit_test(
		an_unusable_page_is_asked_for_again_and_leaves_nothing),
	    cmocka_unit_test(a_refusal_says_what_was_listed_and_ends_it),
	    cmocka_unit_test(cleared_it_begins_anew),
	};
	struct fail fail;
	int failed;

	wire_init();
	if (!api_set_base(&api, "https://a", &fail))
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	api_clear(&api);
	return failed;
}
