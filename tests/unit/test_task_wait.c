/* Waiting for a task: answers in, outcomes out, and a deletion that meets
 * each of them. */
#include "unit.h"

#include <string.h>

#include "deploy/deletion.h"
#include "gcore/wire.h"

#define LATE_MS 10001 /* a task that is missing then is lost */

static struct api api = {.project = 1, .region = 1};

static void
answer(struct http_response *response, int status, const char *body)
{
	struct fail fail;

	*response = (struct http_response){.outcome = HTTP_ANSWERED,
	    .status = status,
	    .retry_after_ms = -1,
	    .date = -1};
	assert_true(buf_append(&response->body, body, strlen(body), &fail));
}

/* Pause, ask, and the pause before that. */
static int64_t
ask(struct task_wait *wait, int64_t now_ms)
{
	struct flow_step step = {.now_ms = now_ms, .jitter = 0.5};
	struct fail fail;

	assert_int_equal(task_wait_next(wait, &api, &step, &fail), FLOW_PARK);
	assert_int_equal(task_wait_next(wait, &api, &step, &fail), FLOW_SEND);
	assert_string_equal(buf_text(&step.request.url),
	    "https://api.example/cloud/v1/tasks/t-1");
	http_request_clear(&step.request);
	return step.wait_ms;
}

#define RUNNING "{\"id\":\"t-1\",\"state\":\"RUNNING\"}"
#define FINISHED "{\"id\":\"t-1\",\"state\":\"FINISHED\"}"
#define MADE                                                                   \
	"{\"id\":\"t-1\",\"state\":\"FINISHED\","                              \
	"\"created_resources\":{\"secrets\":[\"s-1\"]}}"
#define ERROR "{\"id\":\"t-1\",\"state\":\"ERROR\",\"error\":\"no luck\"}"

static void
each_answer_has_its_outcome(void **state)
{
	static const struct {
		int64_t after_ms; /* the wait began */
		int status;
		const char *body;
		bool usable;
		enum task_outcome outcome;
		const char *word, *secret, *fail;
	} rows[] = {
	    {0, 200, RUNNING, true, TASK_WAIT_PENDING, "RUNNING", "", ""},
	    {LATE_MS, 200, RUNNING, true, TASK_WAIT_PENDING, "RUNNING", "", ""},
	    {0, 200, "{\"id\":\"t-1\",\"state\":\"ODD\"}", true,
		TASK_WAIT_PENDING, "ODD", "", ""},
	    {0, 200, MADE, true, TASK_WAIT_FINISHED, "FINISHED", "s-1", ""},
	    {0, 200, FINISHED, true, TASK_WAIT_FINISHED, "FINISHED", "", ""},
	    {0, 200, ERROR, true, TASK_WAIT_FAILED, "ERROR", "",
		"task t-1 failed: no luck"},
	    {0, 404, "{}", true, TASK_WAIT_PENDING, "", "", ""},
	    {LATE_MS - 1, 404, "{}", true, TASK_WAIT_PENDING, "", "", ""},
	    {LATE_MS, 404, "{}", true, TASK_WAIT_MISSING, "", "", ""},
	    {LATE_MS, 404, "", true, TASK_WAIT_MISSING, "", "", ""},
	    {0, 200, "", false, TASK_WAIT_PENDING, "", "", ""},
	    {0, 200, "[]", false, TASK_WAIT_PENDING, "", "", ""},
	    {0, 200, "{\"id\":\"t-1\"", false, TASK_WAIT_PENDING, "", "", ""},
	    {LATE_MS, 200, "{\"state\":\"FINISHED\"}", false, TASK_WAIT_PENDING,
		"", "", ""},
	};

	(void)state;
	for (size_t i = 0; i < COUNTOF(rows); i++) {
		CLEANUP(http_response_clear) struct http_response response;
		struct task_wait wait = {0};
		struct fail fail = {0};

		task_wait_begin(&wait, "t-1");
		task_wait_tick(&wait, 77);
		ask(&wait, 77 + rows[i].after_ms);
		answer(&response, rows[i].status, rows[i].body);
		assert_int_equal(
		    task_wait_accept(&wait, &response, &fail), rows[i].usable);
		assert_int_equal(wait.outcome, rows[i].outcome);
		assert_string_equal(wait.word, rows[i].word);
		assert_string_equal(wait.secret, rows[i].secret);
		assert_string_equal(fail.text, rows[i].fail);
		assert_int_equal(fail.code,
		    rows[i].fail[0] == '\0' ? FAIL_NONE : FAIL_REFUSED);
	}
}

static void
the_pauses_grow_and_begin_anew_with_each_task(void **state)
{
	CLEANUP(http_response_clear) struct http_response response;
	struct task_wait wait = {0};
	int64_t now_ms = 0, pause_ms;
	struct fail fail;

	(void)state;
	answer(&response, 200, RUNNING);
	for (int task = 0; task < 2; task++) {
		task_wait_begin(&wait, "t-1");
		for (unsigned n = 0; n < 30; n++) {
			pause_ms = ask(&wait, now_ms);
			assert_int_equal(
			    pause_ms, retry_pause_ms(RETRY_PACE_TASK, n, 0.5));
			now_ms += pause_ms;
			assert_true(task_wait_accept(&wait, &response, &fail));
		}
	}
}

/* One that is known late was not lost. */
static void
a_server_that_loses_three_tasks_in_a_row_gets_no_fourth(void **state)
{
	static const struct {
		const char *answers; /* one a task: lost or not */
		bool vain;
	} rows[] = {
	    {"", false},
	    {"ll", false},
	    {"lll", true},
	    {"llkl", false},
	    {"llklll", true},
	};

	(void)state;
	for (size_t i = 0; i < COUNTOF(rows); i++) {
		struct task_wait wait = {0};
		struct fail fail = {0};

		for (const char *at = rows[i].answers; *at != '\0'; at++) {
			CLEANUP(http_response_clear)
			struct http_response response;

			task_wait_begin(&wait, "t-1");
			ask(&wait, 0);
			wait.rest = true;
			ask(&wait, LATE_MS);
			answer(&response, *at == 'l' ? 404 : 200, RUNNING);
			assert_true(task_wait_accept(&wait, &response, &fail));
		}
		assert_int_equal(task_wait_is_vain(&wait, &fail), rows[i].vain);
		assert_int_equal(
		    fail.code, rows[i].vain ? FAIL_NETWORK : FAIL_NONE);
	}
}

static void
what_breaks_a_wait_names_the_task(void **state)
{
	CLEANUP(http_response_clear) struct http_response response;
	struct task_wait wait = {0};
	struct fail fail;

	(void)state;
	task_wait_begin(&wait, "t-1");
	answer(&response, 403, "{}");
	task_wait_refuse(&wait, &response, &fail);
	assert_int_equal(fail.code, FAIL_AUTH);
	assert_non_null(strstr(fail.text, "asking for the task: "));
	assert_non_null(strstr(fail.hint, "task t-1"));
	fail_set(&fail, FAIL_TIMEOUT, "not done in time");
	task_wait_stop(&wait, &fail);
	assert_string_equal(
	    fail.text, "waiting for task t-1 (new): not done in time");
}

/* --- a deletion ----------------------------------------------------------- */

/* Drive it against answers to its DELETEs, one a status, while its tasks are
 * always missing or always answered with `task`. */
static void
delete_with(struct deletion *deletion, const char *task, const int *deletes,
    unsigned *sent)
{
	int64_t now_ms = 0;

	deletion_init(deletion, &api, "s-1");
	for (*sent = 0;;) {
		CLEANUP(http_response_clear)
		struct http_response response = {0};
		struct flow_step step = {.now_ms = now_ms, .jitter = 0.5};
		enum flow_next next = deletion_flow.next(deletion, &step);
		enum retry_verdict verdict;

		if (next == FLOW_DONE)
			return;
		now_ms += step.wait_ms + 1;
		if (next != FLOW_SEND)
			continue;
		if (step.request.method != HTTP_DELETE)
			answer(&response, task == NULL ? 404 : 200,
			    task == NULL ? "{}" : task);
		else
			answer(&response, deletes[(*sent)++],
			    "{\"tasks\":[\"t-1\"]}");
		verdict = retry_judge(&step.request, &response, 1);
		if (verdict == RETRY_ACCEPT)
			assert_true(deletion_flow.accept(deletion, &response));
		else
			deletion_flow.refuse(deletion, verdict, &response);
		http_request_clear(&step.request);
		assert_true(now_ms < 120000);
	}
}

static void
a_deletion_ends_whatever_its_task_does(void **state)
{
	static const struct {
		const char *task; /* what the server says of it; NULL: 404 */
		int deletes[8];   /* statuses */
		unsigned sent;
		enum fail_code code;
		const char *says;
	} rows[] = {
	    {FINISHED, {200}, 1, FAIL_NONE, ""},
	    {NULL, {404}, 1, FAIL_NONE, ""},
	    {ERROR, {200}, 1, FAIL_REFUSED,
		"deleting secret s-1: task t-1 failed: no luck"},
	    /* lost: did it delete the secret? */
	    {NULL, {200, 404}, 2, FAIL_NONE, ""},
	    {NULL, {200, 200, 404}, 3, FAIL_NONE, ""},
	    {NULL, {200, 409, 404}, 3, FAIL_NONE, ""},
	    {NULL, {200, 200, 200}, 3, FAIL_NETWORK,
		"deleting secret s-1: the server lost 3 tasks in a row"},
	    {NULL, {200, 403}, 2, FAIL_AUTH,
		"deleting secret s-1: the server answered 403"},
	    /* in use, for a while or not */
	    {FINISHED, {400, 409, 400, 200}, 4, FAIL_NONE, ""},
	    {FINISHED, {400, 400, 400, 400, 400, 400, 409}, 7, FAIL_REFUSED,
		"deleting secret s-1: the server answered 409"},
	};

	(void)state;
	for (size_t i = 0; i < COUNTOF(rows); i++) {
		struct deletion deletion;
		unsigned sent;

		delete_with(&deletion, rows[i].task, rows[i].deletes, &sent);
		assert_int_equal(deletion.fail.code, rows[i].code);
		assert_int_equal(sent, rows[i].sent);
		assert_int_equal(strncmp(deletion.fail.text, rows[i].says,
				     strlen(rows[i].says)),
		    0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_answer_has_its_outcome),
	    cmocka_unit_test(the_pauses_grow_and_begin_anew_with_each_task),
	    cmocka_unit_test(
		a_server_that_loses_three_tasks_in_a_row_gets_no_fourth),
	    cmocka_unit_test(what_breaks_a_wait_names_the_task),
	    cmocka_unit_test(a_deletion_ends_whatever_its_task_does),
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
