#include "handlers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct state_task *
tasks_begin(const struct context *context, const char *type)
{
	const struct fault *fault = context->fault;
	struct state_task *task = state_task_new(context->state, type,
	    context->project, context->region, context->request->now_ms);

	task->end_ms += context->options->task_time_ms;
	switch (fault->kind) {
	case FAULT_TASK_ERROR:
		state_task_fail(task, fault->text);
		break;
	case FAULT_TASK_STUCK:
		task->end_ms = INT64_MAX;
		break;
	case FAULT_TASK_STATE:
		task->word = strdup(fault->text);
		break;
	case FAULT_TASK_HIDDEN:
		task->hidden = (unsigned)fault->number;
		break;
	default:
		break;
	}
	return task;
}

struct answer
tasks_get(struct context *context)
{
	struct state_task *task = state_task_find(context->state, context->id);

	if (task == NULL || task->hidden > 0) {
		if (task != NULL)
			task->hidden--;
		return reply_not_found("Task", context->id);
	}
	return (struct answer){
	    200, state_task_json(task, context->request->now_ms)};
}

/* --- filters -------------------------------------------------------------- */

/* The query of a list of tasks, read once. */
struct filter {
	time_t from, to;
	bool oldest_first, none;
};

/* RFC 3339; without a zone it is UTC. */
static bool
time_query(const struct context *context, const char *name, time_t *value)
{
	const char *text = reply_query(context->request, name, 0);
	struct tm tm = {0};
	int hours, minutes;
	char sign;

	if (text == NULL)
		return true;
	if ((text = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm)) == NULL)
		return false;
	*value = timegm(&tm);
	if (*text == '.')
		text += 1 + strspn(text + 1, "0123456789");
	if (*text == '\0' || strcmp(text, "Z") == 0)
		return true;
	if (sscanf(text, "%c%2d:%2d", &sign, &hours, &minutes) != 3 ||
	    (sign != '+' && sign != '-'))
		return false;
	*value -= (sign == '+' ? 1 : -1) * (hours * 60 + minutes) * 60;
	return true;
}

/* The one of two words a key has; false for another one. */
static bool
word_query(const struct context *context, const char *name, const char *usual,
    const char *other, bool *is_other)
{
	const char *text = reply_query(context->request, name, 0);

	if (text == NULL || strcmp(text, usual) == 0)
		return true;
	return *is_other = strcmp(text, other) == 0;
}

static bool
states_are_known(const struct context *context)
{
	static const char *const known[] = {
	    "NEW", "RUNNING", "FINISHED", "ERROR"};
	const char *text;

	for (unsigned i = 0;
	     (text = reply_query(context->request, "state", i)) != NULL; i++) {
		bool found = false;

		for (size_t j = 0; j < COUNTOF(known); j++)
			found |= strcmp(text, known[j]) == 0;
		if (!found)
			return false;
	}
	return true;
}

/* False for a query the schema refuses. */
static bool
filter_read(const struct context *context, struct filter *filter)
{
	*filter = (struct filter){.from = INT64_MIN, .to = INT64_MAX};
	return time_query(context, "from_timestamp", &filter->from) &&
	       time_query(context, "to_timestamp", &filter->to) &&
	       word_query(
		   context, "sorting", "desc", "asc", &filter->oldest_first) &&
	       word_query(
		   context, "order_by", "desc", "asc", &filter->oldest_first) &&
	       /* Nothing here is ever acknowledged. */
	       word_query(context, "is_acknowledged", "false", "true",
		   &filter->none) &&
	       states_are_known(context);
}

/* Is `value` among the repeated key's values? None given: yes. */
static bool
among(const struct context *context, const char *name, const char *value)
{
	const char *text = reply_query(context->request, name, 0);

	if (text == NULL)
		return true;
	for (unsigned i = 1; text != NULL; i++) {
		if (strcmp(text, value) == 0)
			return true;
		text = reply_query(context->request, name, i);
	}
	return false;
}

static bool
passes(const struct context *context, const struct filter *filter,
    const struct state_task *task)
{
	char project[16], region[16];

	if (filter->none || task->created < filter->from ||
	    task->created > filter->to)
		return false;
	snprintf(project, sizeof(project), "%d", task->project);
	snprintf(region, sizeof(region), "%d", task->region);
	return among(context, "task_type", task->type) &&
	       among(context, "state",
		   state_task_word(task, context->request->now_ms)) &&
	       among(context, "project_id", project) &&
	       among(context, "region_id", region);
}

/* --- lists ---------------------------------------------------------------- */

struct answer
tasks_list(struct context *context)
{
	const struct state *state = context->state;
	struct filter filter;
	struct page page;

	if (!filter_read(context, &filter) ||
	    !page_begin(context->request, &page, 10))
		return reply_bad_query();
	for (size_t i = 0; i < state->task_count; i++) {
		const struct state_task *task =
		    &state->tasks[filter.oldest_first
				      ? i
				      : state->task_count - 1 - i];

		if (passes(context, &filter, task) && page_wants(&page))
			cJSON_AddItemToArray(page.results,
			    state_task_json(task, context->request->now_ms));
	}
	return page_end(&page);
}

struct answer
tasks_active(struct context *context)
{
	const struct state *state = context->state;
	struct page page;

	if (!page_begin(context->request, &page, 10))
		return reply_bad_query();
	for (size_t i = state->task_count; i-- > state->first_active;) {
		const struct state_task *task = &state->tasks[i];

		if (!task->ended && task->project == context->project &&
		    task->region == context->region &&
		    among(context, "task_type", task->type) &&
		    page_wants(&page))
			cJSON_AddItemToArray(page.results,
			    state_task_json(task, context->request->now_ms));
	}
	return page_end(&page);
}
