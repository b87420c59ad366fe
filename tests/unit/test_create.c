/*
 * The create against a server that loses answers: flow and server are driven
 * step by step in a time of their own.
 */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "deploy/create.h"
#include "gcore/wire.h"
#include "net/http.h"

#define RUNS unit_cases(20000)

/* How long a committed create may be invisible: below the settling time. */
#define INVISIBLE_MS 3000

static const struct plan_want want = {
    .name = "n", .not_after = 0, .fingerprint = {0}};
#define NAME "n.19700101.000000000000"

/* --- the server ----------------------------------------------------------- */

struct server {
	int64_t now;
	unsigned creates;   /* received */
	unsigned committed; /* turned into a task */
	int64_t visible_at; /* of the task */
	int64_t finished_at;
	bool task_fails;
	/* since the last create of unknown outcome */
	bool unknown, saw_tasks, saw_secrets;
};

static bool
chance(int percent)
{
	return rand() % 100 < percent;
}

static void
say(struct http_response *response, int status, const char *body)
{
	struct fail fail;

	response->outcome = HTTP_ANSWERED;
	response->status = status;
	assert_true(buf_append(&response->body, body, strlen(body), &fail));
}

static void
answer_create(struct server *server, struct http_response *response)
{
	/* Never without a whole look after one of unknown outcome. */
	assert_true(
	    !server->unknown || (server->saw_tasks && server->saw_secrets));
	server->creates++;
	server->unknown = server->saw_tasks = server->saw_secrets = false;
	server->committed++;
	server->visible_at = server->now + rand() % INVISIBLE_MS;
	server->finished_at = server->now + rand() % 20000;
	if (server->visible_at > server->finished_at)
		server->finished_at = server->visible_at;
	say(response, 200, "{\"tasks\":[\"t\"]}");
}

static void
answer_get(
    struct server *server, const char *url, struct http_response *response)
{
	bool exists =
	    server->committed > 0 && server->now >= server->visible_at;
	bool finished = exists && server->now >= server->finished_at;

	if (strstr(url, "/active?") != NULL) {
		server->saw_tasks = true;
		say(response, 200,
		    exists && !finished
			? "{\"count\":1,\"results\":[{\"id\":\"t\",\"state\":"
			  "\"NEW\"}]}"
			: "{\"count\":0,\"results\":[]}");
	} else if (strstr(url, "/v1/tasks/t") != NULL) {
		say(response, exists ? 200 : 404,
		    !exists     ? "{}"
		    : !finished ? "{\"id\":\"t\",\"state\":\"RUNNING\"}"
		    : server->task_fails
			? "{\"id\":\"t\",\"state\":\"ERROR\",\"error\":\"e\"}"
			: "{\"id\":\"t\",\"state\":\"FINISHED\","
			  "\"created_resources\":{\"secrets\":[\"s\"]}}");
	} else {
		server->saw_secrets = server->saw_tasks;
		say(response, 200,
		    finished && !server->task_fails
			? "{\"count\":1,\"results\":[{\"id\":\"s\",\"name\":"
			  "\"" NAME "\",\"status\":\"ACTIVE\"}]}"
			: "{\"count\":0,\"results\":[]}");
	}
}

/* Something happens to the request or the answer. */
static void
transfer(struct server *server, const struct http_request *request,
    struct http_response *response, int trouble)
{
	bool lost_before = chance(trouble), lost_after = chance(trouble);

	*response = (struct http_response){.retry_after_ms = -1, .date = -1};
	if (chance(trouble)) {
		response->outcome = HTTP_NOT_SENT;
		return;
	}
	if (!lost_before && request->once)
		answer_create(server, response);
	else if (!lost_before)
		answer_get(server, buf_text(&request->url), response);
	if (!lost_before && !lost_after)
		return;
	buf_clear(&response->body);
	if (request->once)
		server->unknown = true;
	response->outcome = chance(50) ? HTTP_NO_ANSWER : HTTP_ANSWERED;
	response->status = response->outcome == HTTP_NO_ANSWER ? 0
			   : chance(50)                        ? 200
							       : 504;
}

/* --- the runner ----------------------------------------------------------- */

static void
run_request(struct create *create, struct server *server,
    struct http_request *request, int trouble)
{
	for (unsigned tries = 1;; tries++) {
		struct http_response response;
		enum retry_verdict verdict;

		server->now += 1 + rand() % 200;
		transfer(server, request, &response, trouble);
		verdict = retry_judge(request, &response, tries);
		if (verdict == RETRY_ACCEPT &&
		    !create_flow.accept(create, &response))
			verdict = retry_judge_unusable(request, tries);
		if (verdict == RETRY_LOOK || verdict == RETRY_GIVE_UP)
			create_flow.refuse(create, verdict, &response);
		http_response_clear(&response);
		if (verdict != RETRY_AGAIN)
			break;
		server->now += retry_delay_ms(tries, -1, 0.5);
	}
	http_request_clear(request);
}

/* Steps until it is done, or `until`. */
static void
drive(struct create *create, struct server *server, int64_t until, int trouble)
{
	for (unsigned steps = 0;; steps++) {
		struct flow_step step = {
		    .now_ms = server->now, .jitter = rand() % 100 / 100.0};
		enum flow_next next;
		struct fail why;

		assert_true(steps < 10000);
		if (server->now >= until) {
			fail_set(&why, FAIL_TIMEOUT, "not done in time");
			create_flow.stop(create, false, &why);
		}
		next = create_flow.next(create, &step);
		if (next == FLOW_DONE)
			return;
		if (next != FLOW_SEND)
			server->now += step.wait_ms;
		else
			run_request(create, server, &step.request, trouble);
	}
}

static struct api api = {.project = 1, .region = 1};
static enum api_version version = API_AUTO;
static unsigned made, released;

static bool
make(void *data, enum api_version wanted, struct create_bundle *bundle,
    struct fail *fail)
{
	(void)data;
	made++;
	bundle->algorithm = "RSA";
	return wanted == API_V2
		   ? buf_append(&bundle->certificate, "C", 1, fail) &&
			 buf_append(&bundle->private_key, "K", 1, fail) &&
			 buf_append(&bundle->chain, "I", 1, fail)
		   : buf_append(&bundle->payload, "cGF5", 4, fail);
}

static void
release(void *data)
{
	(void)data;
	released++;
}

static void
begin(struct create *create)
{
	static struct fail fail;
	struct create_options options = {.api = &api,
	    .want = want,
	    .version = &version,
	    .make = make,
	    .release = release,
	    .fail = &fail};

	made = released = 0;
	version = API_AUTO;
	fail = (struct fail){0};
	create_init(create, &options, NAME);
}

/* --- tests ---------------------------------------------------------------- */

static void
without_trouble_one_create_makes_it(void **state)
{
	struct server server = {0};
	struct create create;

	(void)state;
	begin(&create);
	drive(&create, &server, 600000, 0);
	assert_int_equal(create.state, CREATE_DONE);
	assert_string_equal(create.secret, "s");
	assert_true(create.created);
	assert_int_equal(server.creates, 1);
	create_clear(&create);
}

static void
the_payload_is_gone_when_the_create_is_answered(void **state)
{
	struct server server = {0};
	struct flow_step step = {0};
	struct create create;

	(void)state;
	begin(&create);
	assert_int_equal(create_flow.next(&create, &step), FLOW_SEND);
	assert_non_null(create.bundle.payload.data);
	run_request(&create, &server, &step.request, 0);
	assert_int_equal(create.state, CREATE_POLL);
	assert_null(create.bundle.payload.data);
	assert_int_equal(released, 1);
	create_clear(&create);
}

static void
a_failed_task_is_a_refusal(void **state)
{
	struct server server = {.task_fails = true};
	struct create create;

	(void)state;
	begin(&create);
	drive(&create, &server, 600000, 0);
	assert_int_equal(create.state, CREATE_FAILED);
	assert_int_equal(create.fail->code, FAIL_REFUSED);
	create_clear(&create);
}

static void
what_v1_has_no_more_goes_to_v2(void **state)
{
	static const struct {
		enum api_version version;
		int status;
		bool again;
	} rows[] = {
	    {API_AUTO, 404, true},
	    {API_AUTO, 405, true},
	    {API_AUTO, 410, true},
	    {API_AUTO, 400, false},
	    {API_V1, 404, false},
	    {API_V2, 404, false},
	};

	(void)state;
	for (size_t i = 0; i < COUNTOF(rows); i++) {
		struct http_response gone = {
		    .outcome = HTTP_ANSWERED, .status = rows[i].status};
		struct flow_step step = {0};
		struct create create;

		begin(&create);
		version = rows[i].version;
		assert_int_equal(create_flow.next(&create, &step), FLOW_SEND);
		http_request_clear(&step.request);
		create_flow.refuse(&create, RETRY_GIVE_UP, &gone);
		assert_int_equal(
		    create.state, rows[i].again ? CREATE_SEND : CREATE_FAILED);
		if (rows[i].again) {
			assert_int_equal(
			    create_flow.next(&create, &step), FLOW_SEND);
			assert_non_null(
			    strstr(buf_text(&step.request.url), "/v2/secrets"));
			assert_non_null(strstr(
			    buf_text(&step.request.body), "certificate_chain"));
			http_request_clear(&step.request);
			assert_int_equal(create.sent, 1);
			assert_int_equal(made, 2);
		}
		create_clear(&create);
	}
}

static void
being_stopped_says_what_is_known(void **state)
{
	static const struct {
		bool in_flight;
		enum fail_code why, code;
	} rows[] = {
	    {false, FAIL_TIMEOUT, FAIL_TIMEOUT},
	    {true, FAIL_TIMEOUT, FAIL_UNKNOWN},
	    {true, FAIL_SIGINT, FAIL_SIGINT},
	    {true, FAIL_SIGTERM, FAIL_SIGTERM},
	    {true, FAIL_INTERNAL, FAIL_UNKNOWN},
	};

	(void)state;
	for (size_t i = 0; i < COUNTOF(rows); i++) {
		struct flow_step step = {0};
		struct fail why;
		struct create create;

		begin(&create);
		assert_int_equal(create_flow.next(&create, &step), FLOW_SEND);
		http_request_clear(&step.request);
		fail_set(&why, rows[i].why, "stopped");
		create_flow.stop(&create, rows[i].in_flight, &why);
		assert_int_equal(create.state, CREATE_FAILED);
		assert_int_equal(create.fail->code, rows[i].code);
		assert_null(create.bundle.payload.data);
		assert_int_equal(create_flow.next(&create, &step), FLOW_DONE);
		create_clear(&create);
	}
}

static void
whatever_is_lost_there_is_one_secret_at_most(void **state)
{
	int done = 0;

	(void)state;
	unit_seed();
	for (int i = 0; i < RUNS; i++) {
		struct server server = {.task_fails = chance(5)};
		struct create create;

		begin(&create);
		drive(&create, &server, 1000 + rand() % 100000, rand() % 60);
		assert_true(create.state == CREATE_DONE ||
			    create.state == CREATE_FAILED);
		assert_null(create.bundle.payload.data);
		assert_true(server.committed <= 1 || server.task_fails);
		if (create.state == CREATE_DONE) {
			assert_string_equal(create.secret, "s");
			assert_int_equal(server.committed, 1);
			done++;
		} else {
			assert_int_not_equal(create.fail->code, FAIL_NONE);
			/* What may be there is not called a plain failure. */
			if (create.fail->code == FAIL_NETWORK &&
			    create.wait.task[0] == '\0')
				assert_int_equal(server.committed, 0);
		}
		create_clear(&create);
	}
	print_message("# %d of %d runs ended with a secret\n", done, RUNS);
	assert_true(done > RUNS / 10);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(without_trouble_one_create_makes_it),
	    cmocka_unit_test(the_payload_is_gone_when_the_create_is_answered),
	    cmocka_unit_test(a_failed_task_is_a_refusal),
	    cmocka_unit_test(what_v1_has_no_more_goes_to_v2),
	    cmocka_unit_test(being_stopped_says_what_is_known),
	    cmocka_unit_test(whatever_is_lost_there_is_one_secret_at_most),
	};
	struct fail fail;
	int failed;

	wire_init();
	if (!api_set_base(&api, "https://api.example", &fail))
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	api_clear(&api);
	return failed;
}
