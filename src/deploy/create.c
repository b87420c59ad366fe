#include "deploy/create.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "gcore/wire.h"

/* How long the server may need until a create it committed can be seen. */
#define SETTLE_MS 5000
/* How often creates look at the monitor. */
#define MONITOR_MS 50
/* Creates of one run whose outcome had to be looked for. */
#define MAX_CREATES 3

void
create_init(struct create *create, const struct create_options *options,
    const char *name)
{
	*create = (struct create){
	    .state = CREATE_SEND,
	    .options = *options,
	    .monitor = options->monitor,
	    .fail = options->fail,
	    .name = name,
	    .begun_ms = -1,
	};
	if (create->monitor != NULL)
		create->monitor->users++;
}

static void
clear_bundle(struct create *create)
{
	buf_clear(&create->bundle.payload);
	buf_clear(&create->bundle.certificate);
	buf_clear(&create->bundle.private_key);
	buf_clear(&create->bundle.chain);
	create->has_bundle = false;
}

static void
drop_inventory(struct create *create)
{
	if (create->inventory != NULL)
		inventory_clear(create->inventory);
	mem_free(create->inventory);
	create->inventory = NULL;
}

bool
create_has_ended(const struct create *create)
{
	return create->state == CREATE_DONE || create->state == CREATE_FAILED;
}

void
create_clear(struct create *create)
{
	clear_bundle(create);
	drop_inventory(create);
}

/* No create follows: the private key need not stay. */
static void
release(struct create *create)
{
	clear_bundle(create);
	create->options.release(create->options.data);
}

/* From now on the monitor need not look for it. */
static void
leave_wait(struct create *create)
{
	if (create->state == CREATE_POLL && create->monitor != NULL)
		create->monitor->waiting--;
}

static void
end(struct create *create, enum create_state state)
{
	leave_wait(create);
	if (create->monitor != NULL)
		create->monitor->users--;
	create->monitor = NULL;
	create->state = state;
	release(create);
}

static void
done(struct create *create, const char *secret)
{
	snprintf(create->secret, sizeof(create->secret), "%s", secret);
	end(create, CREATE_DONE);
}

/* `fail` is filled. A create of unknown outcome outweighs its cause. */
static void
failed(struct create *create)
{
	if (create->unknown && !fail_is_signal(create->fail->code)) {
		create->fail->code = FAIL_UNKNOWN;
		fail_in(create->fail,
		    "the secret %s may have been created, or not",
		    create->name);
		fail_hint(create->fail,
		    "run again: it finds out before it creates anything");
	}
	end(create, CREATE_FAILED);
}

static void
enter(struct create *create, enum create_state state)
{
	leave_wait(create);
	create->state = state;
	if (state == CREATE_POLL && create->monitor != NULL) {
		create->monitor->waiting++;
		create->rounds = create->monitor->rounds;
	}
	create->begun_ms = -1;
	create->looks = 0;
	create->rest = false;
}

/* Nobody knows what became of the create: find out. */
static void
look(struct create *create)
{
	create->unknown = create->lost = true;
	log_line(LOG_INFO,
	    "the create got no usable answer: looking for its outcome");
	enter(create, CREATE_LOOK);
}

/* --- create --------------------------------------------------------------- */

/* The way of creating to take now. */
static enum api_version
version(const struct create *create)
{
	return *create->options.version == API_V2 ? API_V2 : API_V1;
}

static bool
prepare(struct create *create)
{
	if (create->has_bundle && create->made == version(create))
		return true;
	clear_bundle(create);
	create->made = version(create);
	create->has_bundle = create->options.make(
	    create->options.data, create->made, &create->bundle, create->fail);
	return create->has_bundle;
}

static bool
create_request(struct create *create, struct http_request *request)
{
	const struct create_bundle *bundle = &create->bundle;
	struct secret_draft draft = {
	    .name = create->name,
	    .payload =
		create->made == API_V2 ? NULL : buf_text(&bundle->payload),
	    .algorithm = bundle->algorithm,
	    .bit_length = bundle->bits,
	    .certificate = buf_text(&bundle->certificate),
	    .private_key = buf_text(&bundle->private_key),
	    .chain = buf_text(&bundle->chain),
	};

	return api_create_secret(
	    create->options.api, &draft, request, create->fail);
}

static enum flow_next
next_create(struct create *create, struct flow_step *step)
{
	if (create->sent == MAX_CREATES) {
		fail_set(create->fail, FAIL_NETWORK,
		    "%u creates were sent and none was answered or seen",
		    create->sent);
		failed(create);
		return FLOW_DONE;
	}
	if (!prepare(create) || !create_request(create, &step->request)) {
		failed(create);
		return FLOW_DONE;
	}
	create->sent++;
	log_line(LOG_INFO, "creating secret %s", create->name);
	return FLOW_SEND;
}

static bool
accept_create(struct create *create, const struct http_response *response)
{
	char task[MODEL_ID_SIZE];

	if (!wire_task_id(&response->body, task))
		return false;
	create->created = true;
	task_wait_begin(&create->wait, task);
	enter(create, CREATE_POLL);
	release(create);
	log_line(LOG_INFO, "the server works on it in task %s", task);
	return true;
}

static void
refuse_create(struct create *create, enum retry_verdict verdict,
    const struct http_response *response)
{
	bool gone = create->made == API_V1 && api_means(response, API_GONE);

	if (verdict == RETRY_LOOK) {
		look(create);
		return;
	}
	if (gone && *create->options.version != API_V1) {
		if (*create->options.version == API_AUTO)
			log_line(LOG_INFO,
			    "the server has no v1 of secrets: taking v2");
		*create->options.version = API_V2;
		create->sent--;
		return;
	}
	/* Looking would need memory too. */
	create->unknown = response->outcome == HTTP_LOCAL;
	api_refusal(response, "creating the secret", create->fail);
	if (gone)
		fail_hint(create->fail,
		    "v1 may be gone: leave out --api; else check --project, "
		    "--region and GCORE_BASE_URL");
	failed(create);
}

/* --- poll ----------------------------------------------------------------- */

/* What does the task's state mean? */
static void
conclude(struct create *create)
{
	const struct task_wait *wait = &create->wait;
	bool finished = wait->outcome == TASK_WAIT_FINISHED;

	if (wait->outcome == TASK_WAIT_FAILED) {
		fail_hint(create->fail,
		    "mend what it says, and run again; no secret was made");
		failed(create);
	} else if (finished && wait->secret[0] != '\0') {
		done(create, wait->secret);
	} else if (finished || wait->outcome == TASK_WAIT_MISSING) {
		/* Whether it made the secret can be seen. */
		look(create);
	}
}

/* The monitor does not tell enough of this task: ask for it alone. */
static void
leave_monitor(struct create *create)
{
	create->monitor->waiting--;
	create->monitor->users--;
	create->monitor = NULL;
}

/* Wait for the monitor to tell. */
static enum flow_next
next_monitor(struct create *create, struct flow_step *step)
{
	struct task_monitor *monitor = create->monitor;
	struct task_wait *wait = &create->wait;
	struct task task;
	bool told = task_monitor_find(monitor, wait->task, &task), unseen;

	task_wait_tick(wait, step->now_ms);
	unseen =
	    !told && wait->is_overdue && monitor->rounds - create->rounds > 2;
	/* The task itself says what went wrong. */
	if (monitor->broken || unseen || (told && task.state == TASK_ERROR)) {
		leave_monitor(create);
		return FLOW_WAIT;
	}
	if (told) {
		task_wait_judge(wait, &task, create->fail);
		conclude(create);
	}
	step->wait_ms = create->state == CREATE_POLL ? MONITOR_MS : 0;
	return FLOW_PARK;
}

static enum flow_next
next_poll(struct create *create, struct flow_step *step)
{
	enum flow_next result;

	if (create->monitor != NULL)
		return next_monitor(create, step);
	result = task_wait_next(
	    &create->wait, create->options.api, step, create->fail);
	if (result == FLOW_DONE)
		failed(create);
	return result;
}

static bool
accept_poll(struct create *create, const struct http_response *response)
{
	if (!task_wait_accept(&create->wait, response, create->fail))
		return false;
	conclude(create);
	return true;
}

static void
refuse_poll(struct create *create, const struct http_response *response)
{
	task_wait_refuse(&create->wait, response, create->fail);
	failed(create);
}

/* --- look ----------------------------------------------------------------- */

/* The whole inventory is there: what does it say? */
static void
judge(struct create *create)
{
	const struct inventory *inventory = create->inventory;
	struct plan_have have = plan_have_of(inventory);
	struct plan plan;

	if (!plan_make(&create->options.want, &have, &plan, create->fail)) {
		failed(create);
	} else if (plan.action == PLAN_REUSE) {
		create->created = create->sent > 0;
		done(create, plan.id);
	} else if (plan.action == PLAN_WAIT) {
		task_wait_begin(&create->wait, plan.id);
		create->rest = true;
	} else if (create->unknown &&
		   create->now_ms - create->begun_ms < SETTLE_MS) {
		create->rest = true;
	} else if (!create->has_bundle) {
		fail_set(create->fail, FAIL_REFUSED,
		    "task %s ended without a secret", create->wait.task);
		failed(create);
	} else {
		create->unknown = false;
		enter(create, CREATE_SEND);
	}
	drop_inventory(create);
}

static enum flow_next
next_look(struct create *create, struct flow_step *step)
{
	if (create->rest) {
		create->rest = false;
		step->wait_ms = retry_pause_ms(
		    RETRY_PACE_LOOK, create->looks++, step->jitter);
		return FLOW_WAIT;
	}
	if (create->inventory == NULL) {
		create->inventory = mem_alloc(sizeof(*create->inventory));
		if (create->inventory == NULL) {
			fail_memory(create->fail);
			failed(create);
			return FLOW_WAIT;
		}
		inventory_init(
		    create->inventory, create->options.api, INVENTORY_SECRETS);
	}
	if (inventory_flow.next(create->inventory, step) == FLOW_SEND)
		return FLOW_SEND;
	if (create->inventory->fail.code != FAIL_NONE) {
		*create->fail = create->inventory->fail;
		failed(create);
	} else {
		judge(create);
	}
	return FLOW_WAIT;
}

/* --- the flow ------------------------------------------------------------- */

static enum flow_next
next(void *self, struct flow_step *step)
{
	struct create *create = self;

	create->now_ms = step->now_ms;
	if (create->begun_ms < 0)
		create->begun_ms = step->now_ms;
	switch (create->state) {
	case CREATE_SEND:
		return next_create(create, step);
	case CREATE_POLL:
		return next_poll(create, step);
	case CREATE_LOOK:
		return next_look(create, step);
	default:
		return FLOW_DONE;
	}
}

static bool
accept(void *self, const struct http_response *response)
{
	struct create *create = self;

	switch (create->state) {
	case CREATE_SEND:
		return accept_create(create, response);
	case CREATE_POLL:
		return accept_poll(create, response);
	default:
		return inventory_flow.accept(create->inventory, response);
	}
}

static void
refuse(void *self, enum retry_verdict verdict,
    const struct http_response *response)
{
	struct create *create = self;

	switch (create->state) {
	case CREATE_SEND:
		refuse_create(create, verdict, response);
		break;
	case CREATE_POLL:
		refuse_poll(create, response);
		break;
	default:
		inventory_flow.refuse(create->inventory, verdict, response);
		break;
	}
}

static void
stop(void *self, bool in_flight, const struct fail *why)
{
	struct create *create = self;
	char doing[256];

	if (create_has_ended(create))
		return;
	create_describe(create, doing, sizeof(doing));
	create->unknown |= in_flight && create->state == CREATE_SEND;
	*create->fail = *why;
	fail_in(create->fail, "%s", doing);
	failed(create);
}

const struct flow_ops create_flow = {next, accept, refuse, stop};

void
create_describe(const struct create *create, char *text, size_t size)
{
	switch (create->state) {
	case CREATE_SEND:
		snprintf(text, size, "creating the secret");
		break;
	case CREATE_POLL:
		task_wait_describe(&create->wait, text, size);
		break;
	case CREATE_LOOK:
		snprintf(text, size, "looking whether it was created%s%s",
		    create->wait.task[0] == '\0' ? "" : ", waiting for task ",
		    create->wait.task);
		break;
	default:
		snprintf(text, size, "done");
		break;
	}
}
