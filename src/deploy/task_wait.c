#include "deploy/task_wait.h"

#include <stdio.h>
#include <string.h>

#include "gcore/wire.h"

/* A task may be missing for so long after the server took it on. */
#define APPEAR_MS 10000
/* A server that loses so many tasks in a row will lose the next one as well. */
#define MAX_MISSING 3

void
task_wait_begin(struct task_wait *wait, const char *task)
{
	*wait = (struct task_wait){
	    .missing = wait->missing, .begun_ms = -1, .rest = true};
	snprintf(wait->task, sizeof(wait->task), "%s", task);
}

void
task_wait_tick(struct task_wait *wait, int64_t now_ms)
{
	if (wait->begun_ms < 0)
		wait->begun_ms = now_ms;
	wait->is_overdue = now_ms - wait->begun_ms > APPEAR_MS;
}

enum flow_next
task_wait_next(struct task_wait *wait, const struct api *api,
    struct flow_step *step, struct fail *fail)
{
	task_wait_tick(wait, step->now_ms);
	if (wait->rest) {
		wait->rest = false;
		step->wait_ms = retry_pause_ms(
		    RETRY_PACE_TASK, wait->polls++, step->jitter);
		/* Others may go on while a task takes its time. */
		return FLOW_PARK;
	}
	return api_task(api, wait->task, &step->request, fail) ? FLOW_SEND
							       : FLOW_DONE;
}

void
task_wait_judge(
    struct task_wait *wait, const struct task *task, struct fail *fail)
{
	static const enum task_outcome outcomes[] = {
	    [TASK_PENDING] = TASK_WAIT_PENDING,
	    [TASK_FINISHED] = TASK_WAIT_FINISHED,
	    [TASK_ERROR] = TASK_WAIT_FAILED,
	};

	wait->missing = 0;
	wait->outcome = outcomes[task->state];
	memcpy(wait->word, task->word, sizeof(wait->word));
	memcpy(wait->secret, task->secret, sizeof(wait->secret));
	if (wait->outcome == TASK_WAIT_FAILED)
		fail_set(fail, FAIL_REFUSED, "task %s failed: %s", wait->task,
		    task->error);
}

bool
task_wait_accept(struct task_wait *wait, const struct http_response *response,
    struct fail *fail)
{
	struct task task;

	wait->rest = true;
	if (api_means(response, API_MISSING)) {
		if (wait->is_overdue) {
			wait->outcome = TASK_WAIT_MISSING;
			wait->missing++;
		}
		return true;
	}
	if (!wire_task(&response->body, &task))
		return false;
	task_wait_judge(wait, &task, fail);
	return true;
}

void
task_wait_refuse(const struct task_wait *wait,
    const struct http_response *response, struct fail *fail)
{
	api_refusal(response, "asking for the task", fail);
	fail_hint(fail,
	    "the server goes on with task %s: run again to see its outcome",
	    wait->task);
}

void
task_wait_stop(const struct task_wait *wait, struct fail *fail)
{
	char doing[128];

	task_wait_describe(wait, doing, sizeof(doing));
	fail_in(fail, "%s", doing);
}

bool
task_wait_is_vain(const struct task_wait *wait, struct fail *fail)
{
	if (wait->missing < MAX_MISSING)
		return false;
	fail_set(fail, FAIL_NETWORK,
	    "the server lost %u tasks in a row, the last one is %s",
	    wait->missing, wait->task);
	fail_hint(fail, "the service has trouble: run again later");
	return true;
}

void
task_wait_describe(const struct task_wait *wait, char *text, size_t size)
{
	snprintf(text, size, "waiting for task %s (%s)", wait->task,
	    wait->word[0] == '\0' ? "new" : wait->word);
}
