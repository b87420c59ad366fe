#include "deploy/plan.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* ".YYYYMMDD.0123456789ab" */
#define DAY 8
#define HEX 12
#define TAIL (1 + DAY + 1 + HEX)

/* A create that has not ended for so long is stuck, and waits for nobody. */
#define STUCK_SECONDS 3600

static const char name_characters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789._-";

struct plan_have
plan_have_of(const struct inventory *inventory)
{
	return (struct plan_have){
	    &inventory->tasks, &inventory->secrets, inventory->date};
}

bool
plan_name(
    const struct plan_want *want, char name[MODEL_NAME_SIZE], struct fail *fail)
{
	size_t len = strlen(want->name);
	time_t t = (time_t)want->not_after;
	struct tm tm = {0};
	char *end = name + len;

	if (len == 0 || len + TAIL >= MODEL_NAME_SIZE ||
	    strspn(want->name, name_characters) != len) {
		fail_set(
		    fail, FAIL_USAGE, "'%s' cannot name a secret", want->name);
		return fail_hint(fail,
		    "give --name: 1 to %d letters, digits, '.', '_', '-'",
		    MODEL_NAME_SIZE - 1 - TAIL);
	}
	if (gmtime_r(&t, &tm) == NULL || tm.tm_year < 0 || tm.tm_year > 8099)
		return fail_set(fail, FAIL_INPUT, "its end date has no year");
	memcpy(name, want->name, len);
	end += snprintf(end, MODEL_NAME_SIZE - len, ".%04d%02d%02d.",
	    tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
	for (size_t i = 0; i < HEX / 2; i++)
		end += snprintf(end, 3, "%02x", want->fingerprint[i]);
	return true;
}

bool
plan_name_parse(const char *text, struct plan_version *version)
{
	size_t len = strlen(text);
	const char *tail = text + len - TAIL;

	if (len <= TAIL || len >= MODEL_NAME_SIZE || tail[0] != '.' ||
	    tail[1 + DAY] != '.' || strspn(tail + 1, "0123456789") != DAY ||
	    strspn(tail + 2 + DAY, "0123456789abcdef") != HEX ||
	    strspn(text, name_characters) != len)
		return false;
	snprintf(version->name, sizeof(version->name), "%.*s",
	    (int)(len - TAIL), text);
	snprintf(version->day, sizeof(version->day), "%.*s", DAY, tail + 1);
	snprintf(version->fingerprint, sizeof(version->fingerprint), "%s",
	    tail + 2 + DAY);
	return true;
}

const struct secret *
plan_find(const struct secret_list *list, const char *name)
{
	const struct secret *found = NULL;

	for (size_t i = 0; i < list->count; i++) {
		const struct secret *secret = &list->items[i];
		int order;

		if (strcmp(secret->name, name) != 0 || secret_is_broken(secret))
			continue;
		order = found == NULL ? -1
				      : strcmp(secret->created, found->created);
		if (order < 0 ||
		    (order == 0 && strcmp(secret->id, found->id) < 0))
			found = secret;
	}
	return found;
}

/* A task that tells no name may be making ours; one that tells another is
 * not. */
static const struct task *
find_task(const struct plan_have *have, const char *name)
{
	for (size_t i = 0; i < have->tasks->count; i++) {
		const struct task *task = &have->tasks->items[i];
		bool stuck = have->now >= 0 && task->created >= 0 &&
			     have->now - task->created > STUCK_SECONDS;

		if (task->state == TASK_PENDING && !stuck &&
		    (task->name[0] == '\0' || strcmp(task->name, name) == 0))
			return task;
	}
	return NULL;
}

bool
plan_make(const struct plan_want *want, const struct plan_have *have,
    struct plan *plan, struct fail *fail)
{
	const struct secret *secret;
	const struct task *task;
	const char *id = "";

	*plan = (struct plan){.action = PLAN_CREATE};
	if (!plan_name(want, plan->name, fail))
		return false;
	if ((secret = plan_find(have->secrets, plan->name)) != NULL) {
		plan->action = PLAN_REUSE;
		id = secret->id;
	} else if ((task = find_task(have, plan->name)) != NULL) {
		plan->action = PLAN_WAIT;
		id = task->id;
	}
	snprintf(plan->id, sizeof(plan->id), "%s", id);
	return true;
}

bool
plan_is_surplus(const struct secret *secret, const struct secret_list *now,
    const struct plan_made *made)
{
	if (strcmp(secret->name, made->name) != 0 || secret_is_broken(secret) ||
	    secret == plan_find(now, made->name))
		return false;
	return strcmp(secret->id, made->id) == 0 ||
	       (made->lost && secret_find_id(made->known, secret->id) == NULL);
}

bool
plan_must_wait(const struct plan_have *have, const char *name, int64_t since)
{
	const struct task *task = find_task(have, name);

	return task != NULL && (task->created < 0 || task->created >= since);
}
