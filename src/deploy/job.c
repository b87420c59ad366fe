#include "deploy/job.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "gcore/wire.h"

/* How long the server may need until a create it committed can be seen. */
#define SETTLE_MS 5000
/* Looks are two requests: they begin at about a second apart. */
#define LOOK_POLLS 10
/* A task may be missing for so long after its create was accepted. */
#define APPEAR_MS 10000
/* How often jobs look at the monitor. */
#define MONITOR_MS 50
/* Creates of one run whose outcome had to be looked for. */
#define MAX_CREATES 3

void
job_init(struct job *job, const struct job_options *options, const char *name)
{
	*job = (struct job){
	    .state = JOB_CREATE,
	    .options = *options,
	    .monitor = options->monitor,
	    .fail = options->fail,
	    .name = name,
	    .begun_ms = -1,
	};
	if (job->monitor != NULL)
		job->monitor->users++;
}

static void
clear_bundle(struct job *job)
{
	buf_clear(&job->bundle.payload);
	buf_clear(&job->bundle.certificate);
	buf_clear(&job->bundle.private_key);
	buf_clear(&job->bundle.chain);
	job->has_bundle = false;
}

static void
drop_inventory(struct job *job)
{
	if (job->inventory != NULL)
		inventory_clear(job->inventory);
	mem_free(job->inventory);
	job->inventory = NULL;
}

void
job_clear(struct job *job)
{
	clear_bundle(job);
	drop_inventory(job);
}

/* No create follows: the private key need not stay. */
static void
release(struct job *job)
{
	clear_bundle(job);
	job->options.release(job->options.data);
}

/* From now on the monitor need not look for it. */
static void
leave_wait(struct job *job)
{
	if (job->state == JOB_POLL && job->monitor != NULL)
		job->monitor->waiting--;
}

static void
end(struct job *job, enum job_state state)
{
	leave_wait(job);
	if (job->monitor != NULL)
		job->monitor->users--;
	job->monitor = NULL;
	job->state = state;
	release(job);
}

static void
done(struct job *job, const char *secret)
{
	snprintf(job->secret, sizeof(job->secret), "%s", secret);
	end(job, JOB_DONE);
}

/* `fail` is filled. A create of unknown outcome outweighs its cause. */
static void
failed(struct job *job)
{
	if (job->unknown && job->fail->code < FAIL_SIGINT) {
		job->fail->code = FAIL_UNKNOWN;
		fail_in(job->fail,
		    "the secret %s may have been created, or not", job->name);
		fail_hint(job->fail,
		    "run again: it finds out before it creates anything");
	}
	end(job, JOB_FAILED);
}

static void
enter(struct job *job, enum job_state state)
{
	leave_wait(job);
	job->state = state;
	if (state == JOB_POLL && job->monitor != NULL) {
		job->monitor->waiting++;
		job->rounds = job->monitor->rounds;
	}
	job->begun_ms = -1;
	job->polls = 0;
	job->rest = state == JOB_POLL;
}

/* Nobody knows what became of the create: find out. */
static void
look(struct job *job)
{
	job->unknown = job->lost = true;
	log_line(LOG_INFO,
	    "the create got no usable answer: looking for its outcome");
	enter(job, JOB_LOOK);
}

/* --- create --------------------------------------------------------------- */

/* The way of creating to take now. */
static enum api_version
version(const struct job *job)
{
	return *job->options.version == API_V2 ? API_V2 : API_V1;
}

static bool
prepare(struct job *job)
{
	if (job->has_bundle && job->made == version(job))
		return true;
	clear_bundle(job);
	job->made = version(job);
	job->has_bundle = job->options.make(
	    job->options.data, job->made, &job->bundle, job->fail);
	return job->has_bundle;
}

static bool
create_request(struct job *job, struct http_request *request)
{
	const struct job_bundle *bundle = &job->bundle;
	struct secret_draft draft = {
	    .name = job->name,
	    .payload = job->made == API_V2 ? NULL : buf_text(&bundle->payload),
	    .algorithm = bundle->algorithm,
	    .bit_length = bundle->bits,
	    .certificate = buf_text(&bundle->certificate),
	    .private_key = buf_text(&bundle->private_key),
	    .chain = buf_text(&bundle->chain),
	};

	return api_create_secret(job->options.api, &draft, request, job->fail);
}

static enum flow_next
next_create(struct job *job, struct flow_step *step)
{
	if (job->creates == MAX_CREATES) {
		fail_set(job->fail, FAIL_NETWORK,
		    "%u creates were sent and none was answered or seen",
		    job->creates);
		failed(job);
		return FLOW_DONE;
	}
	if (!prepare(job) || !create_request(job, &step->request)) {
		http_request_clear(&step->request);
		failed(job);
		return FLOW_DONE;
	}
	job->creates++;
	log_line(LOG_INFO, "creating secret %s", job->name);
	return FLOW_SEND;
}

static bool
accept_create(struct job *job, const struct http_response *response)
{
	if (!wire_task_id(&response->body, job->task))
		return false;
	job->created = true;
	job->word[0] = '\0';
	enter(job, JOB_POLL);
	release(job);
	log_line(LOG_INFO, "the server works on it in task %s", job->task);
	return true;
}

/* Does this say that the API's version is no more? */
static bool
is_gone(const struct http_response *response)
{
	return response->outcome == HTTP_ANSWERED &&
	       (response->status == 404 || response->status == 405 ||
		   response->status == 410);
}

static void
refuse_create(struct job *job, enum retry_verdict verdict,
    const struct http_response *response)
{
	if (verdict == RETRY_LOOK) {
		look(job);
		return;
	}
	if (is_gone(response) && job->made == API_V1 &&
	    *job->options.version != API_V1) {
		if (*job->options.version == API_AUTO)
			log_line(LOG_INFO,
			    "the server has no v1 of secrets: taking v2");
		*job->options.version = API_V2;
		job->creates--;
		return;
	}
	/* Looking would need memory too. */
	job->unknown = response->outcome == HTTP_LOCAL;
	api_refusal(response, "creating the secret", job->fail);
	if (is_gone(response) && job->made == API_V1)
		fail_hint(job->fail,
		    "v1 may be gone: leave out --api; else check --project, "
		    "--region and GCORE_BASE_URL");
	failed(job);
}

/* --- poll ----------------------------------------------------------------- */

static void
take_state(struct job *job, enum task_state state, const char *secret,
    const char *error)
{
	if (state == TASK_ERROR) {
		fail_set(job->fail, FAIL_REFUSED, "task %s failed: %s",
		    job->task, error);
		fail_hint(job->fail,
		    "mend what it says, and run again; no secret was made");
		failed(job);
	} else if (state == TASK_FINISHED && secret[0] != '\0') {
		done(job, secret);
	} else if (state == TASK_FINISHED) {
		look(job);
	}
}

/* The monitor does not tell enough of this task: ask for it alone. */
static void
leave_monitor(struct job *job)
{
	job->monitor->waiting--;
	job->monitor->users--;
	job->monitor = NULL;
}

/* Wait for the monitor to tell. */
static enum flow_next
next_monitor(struct job *job, struct flow_step *step)
{
	struct task_monitor *monitor = job->monitor;
	const struct task_summary *summary =
	    task_monitor_find(monitor, job->task);
	bool unseen = summary == NULL && monitor->rounds - job->rounds > 2 &&
		      job->now_ms - job->begun_ms > APPEAR_MS;

	/* The task itself says what went wrong. */
	if (monitor->broken || unseen ||
	    (summary != NULL && summary->state == TASK_ERROR)) {
		leave_monitor(job);
		return FLOW_WAIT;
	}
	if (summary != NULL) {
		memcpy(job->word, summary->word, sizeof(job->word));
		take_state(job, summary->state, summary->secret, "");
	}
	step->wait_ms = job->state == JOB_POLL ? MONITOR_MS : 0;
	return FLOW_PARK;
}

static enum flow_next
next_poll(struct job *job, struct flow_step *step)
{
	if (api_task(job->options.api, job->task, &step->request, job->fail))
		return FLOW_SEND;
	http_request_clear(&step->request);
	failed(job);
	return FLOW_DONE;
}

static bool
accept_poll(struct job *job, const struct http_response *response)
{
	struct task task;

	job->rest = true;
	if (response->status == 404) {
		/* Gone for good? Whether it made the secret can be seen. */
		if (job->now_ms - job->begun_ms > APPEAR_MS)
			look(job);
		return true;
	}
	if (!wire_task(&response->body, &task))
		return false;
	memcpy(job->word, task.word, sizeof(job->word));
	take_state(job, task.state, task.secret, task.error);
	return true;
}

static void
refuse_poll(struct job *job, const struct http_response *response)
{
	api_refusal(response, "asking for the task", job->fail);
	fail_hint(job->fail,
	    "the server goes on with task %s: run again to see its outcome",
	    job->task);
	failed(job);
}

/* --- look ----------------------------------------------------------------- */

/* The whole inventory is there: what does it say? */
static void
judge(struct job *job)
{
	const struct inventory *inventory = job->inventory;
	struct plan_have have = {
	    &inventory->tasks, &inventory->secrets, inventory->date};
	struct plan plan;

	if (!plan_make(&job->options.want, &have, &plan, job->fail)) {
		failed(job);
	} else if (plan.action == PLAN_REUSE) {
		job->created = job->creates > 0;
		done(job, plan.id);
	} else if (plan.action == PLAN_WAIT) {
		memcpy(job->task, plan.id, sizeof(job->task));
		job->rest = true;
	} else if (job->unknown && job->now_ms - job->begun_ms < SETTLE_MS) {
		job->rest = true;
	} else if (!job->has_bundle) {
		fail_set(job->fail, FAIL_REFUSED,
		    "task %s ended without a secret", job->task);
		failed(job);
	} else {
		job->unknown = false;
		enter(job, JOB_CREATE);
	}
	drop_inventory(job);
}

static enum flow_next
next_look(struct job *job, struct flow_step *step)
{
	if (job->inventory == NULL) {
		job->inventory = mem_alloc(sizeof(*job->inventory));
		if (job->inventory == NULL) {
			fail_memory(job->fail);
			failed(job);
			return FLOW_WAIT;
		}
		inventory_init(
		    job->inventory, job->options.api, INVENTORY_SECRETS);
	}
	if (inventory_flow.next(job->inventory, step) == FLOW_SEND)
		return FLOW_SEND;
	if (job->inventory->fail.code != FAIL_NONE) {
		*job->fail = job->inventory->fail;
		failed(job);
	} else {
		judge(job);
	}
	return FLOW_WAIT;
}

/* --- the flow ------------------------------------------------------------- */

/* Before a poll, and between two looks. */
static enum flow_next
rest(struct job *job, struct flow_step *step)
{
	unsigned polls = job->polls++;

	if (job->state == JOB_LOOK)
		polls += LOOK_POLLS;
	job->rest = false;
	step->wait_ms = retry_poll_ms(polls, step->jitter);
	/* Others may go on while a task takes its time. */
	return job->state == JOB_POLL ? FLOW_PARK : FLOW_WAIT;
}

static enum flow_next
next(void *self, struct flow_step *step)
{
	struct job *job = self;

	job->now_ms = step->now_ms;
	if (job->begun_ms < 0)
		job->begun_ms = step->now_ms;
	if (job->state == JOB_POLL && job->monitor != NULL)
		return next_monitor(job, step);
	if (job->rest && job->state < JOB_DONE)
		return rest(job, step);
	switch (job->state) {
	case JOB_CREATE:
		return next_create(job, step);
	case JOB_POLL:
		return next_poll(job, step);
	case JOB_LOOK:
		return next_look(job, step);
	default:
		return FLOW_DONE;
	}
}

static bool
accept(void *self, const struct http_response *response)
{
	struct job *job = self;

	switch (job->state) {
	case JOB_CREATE:
		return accept_create(job, response);
	case JOB_POLL:
		return accept_poll(job, response);
	default:
		return inventory_flow.accept(job->inventory, response);
	}
}

static void
refuse(void *self, enum retry_verdict verdict,
    const struct http_response *response)
{
	struct job *job = self;

	switch (job->state) {
	case JOB_CREATE:
		refuse_create(job, verdict, response);
		break;
	case JOB_POLL:
		refuse_poll(job, response);
		break;
	default:
		inventory_flow.refuse(job->inventory, verdict, response);
		break;
	}
}

static void
stop(void *self, bool in_flight, const struct fail *why)
{
	struct job *job = self;
	char doing[256];

	if (job->state >= JOB_DONE)
		return;
	job_describe(job, doing, sizeof(doing));
	job->unknown |= in_flight && job->state == JOB_CREATE;
	*job->fail = *why;
	fail_in(job->fail, "%s", doing);
	failed(job);
}

const struct flow_ops job_flow = {next, accept, refuse, stop};

void
job_describe(const struct job *job, char *text, size_t size)
{
	switch (job->state) {
	case JOB_CREATE:
		snprintf(text, size, "creating the secret");
		break;
	case JOB_POLL:
		snprintf(text, size, "waiting for task %s (%s)", job->task,
		    job->word[0] == '\0' ? "new" : job->word);
		break;
	case JOB_LOOK:
		snprintf(text, size, "looking whether it was created%s%s",
		    job->task[0] == '\0' ? "" : ", waiting for task ",
		    job->task);
		break;
	default:
		snprintf(text, size, "done");
		break;
	}
}
