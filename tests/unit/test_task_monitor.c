/* The list of tasks: how long the monitor pauses between its rounds. */
#include "unit.h"

#include <string.h>

#include "deploy/task_monitor.h"
#include "gcore/wire.h"
#include "net/retry.h"

#define TASKS 40

static struct api api = {.project = 1, .region = 1};

/* A round that tells of TASKS tasks, the first `ended` of them finished. */
static void
tell(struct task_monitor *monitor, int ended)
{
	struct http_response response = {
	    .outcome = HTTP_ANSWERED, .status = 200};
	struct fail fail;

	assert_true(buf_printf(
	    &response.body, &fail, "{\"count\":%d,\"results\":[", TASKS));
	for (int i = 0; i < TASKS; i++)
		assert_true(buf_printf(&response.body, &fail,
		    "%s{\"id\":\"t-%d\",\"state\":\"%s\"}", i == 0 ? "" : ",",
		    i, i < ended ? "FINISHED" : "RUNNING"));
	assert_true(buf_printf(&response.body, &fail, "]}"));
	assert_true(task_monitor_flow.accept(monitor, &response));
	http_response_clear(&response);
}

/* Wait for the next round: for how long? */
static int64_t
next_round(struct task_monitor *monitor, int64_t *now_ms)
{
	int64_t begun_ms = *now_ms;

	for (;;) {
		struct flow_step step = {.now_ms = *now_ms, .jitter = 0.5};
		enum flow_next next = task_monitor_flow.next(monitor, &step);

		http_request_clear(&step.request);
		if (next == FLOW_SEND)
			return *now_ms - begun_ms;
		assert_int_equal(next, FLOW_PARK);
		*now_ms += step.wait_ms;
	}
}

static void
while_tasks_end_a_short_pause_gets_no_longer(void **state)
{
	struct task_monitor monitor;
	int64_t now_ms = 0;

	(void)state;
	task_monitor_init(&monitor, &api, -1);
	monitor.wake_ms = -1;
	monitor.users = monitor.waiting = TASKS;
	for (int round = 0; round < TASKS; round++) {
		int64_t usual_ms =
		    retry_pause_ms(RETRY_PACE_TASK, (unsigned)round, 0.5);
		int64_t pause_ms = next_round(&monitor, &now_ms);

		assert_true(pause_ms > 0 && pause_ms <= 500);
		assert_true(pause_ms <= usual_ms);
		tell(&monitor, round + 1);
	}
	task_monitor_clear(&monitor);
}

static void
while_none_ends_the_pauses_grow_until_one_does(void **state)
{
	struct task_monitor monitor;
	int64_t now_ms = 0;

	(void)state;
	task_monitor_init(&monitor, &api, -1);
	monitor.wake_ms = -1;
	monitor.users = monitor.waiting = TASKS;
	for (unsigned round = 0; round < 30; round++) {
		assert_int_equal(next_round(&monitor, &now_ms),
		    retry_pause_ms(RETRY_PACE_TASK, round, 0.5));
		tell(&monitor, round + 1 == 30);
	}
	for (unsigned round = 0; round < 30; round++) {
		assert_int_equal(next_round(&monitor, &now_ms),
		    retry_pause_ms(RETRY_PACE_TASKS, round, 0.5));
		tell(&monitor, 1);
	}
	task_monitor_clear(&monitor);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(while_tasks_end_a_short_pause_gets_no_longer),
	    cmocka_unit_test(while_none_ends_the_pauses_grow_until_one_does),
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
