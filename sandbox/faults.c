#include "faults.h"

#include <fnmatch.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"

/* What follows the name of a fault. */
enum argument { NOTHING, NUMBER, NUMBER_TEXT, TEXT, MAYBE_TEXT, MOMENT };

static const struct kind {
	const char *name;
	enum fault_kind kind;
	enum argument argument;
} kinds[] = {
    {"reset", FAULT_RESET, NOTHING},
    {"request-cut", FAULT_REQUEST_CUT, NUMBER},
    {"reset-before", FAULT_RESET_BEFORE, NOTHING},
    {"close-reused", FAULT_CLOSE_REUSED, MAYBE_TEXT},
    {"status", FAULT_STATUS, NUMBER_TEXT},
    {"redirect", FAULT_REDIRECT, TEXT},
    {"kill", FAULT_KILL, MOMENT},
    {"commit-cut", FAULT_COMMIT_CUT, NUMBER},
    {"commit-reset", FAULT_COMMIT_RESET, NUMBER},
    {"stall", FAULT_STALL, NUMBER},
    {"trickle", FAULT_TRICKLE, NUMBER},
    {"status-commit", FAULT_STATUS_COMMIT, NUMBER_TEXT},
    {"empty", FAULT_EMPTY, NOTHING},
    {"bad-json", FAULT_BAD_JSON, NOTHING},
    {"wrong-length", FAULT_WRONG_LENGTH, NOTHING},
    {"huge", FAULT_HUGE, NUMBER},
    {"task-error", FAULT_TASK_ERROR, TEXT},
    {"task-stuck", FAULT_TASK_STUCK, NOTHING},
    {"task-state", FAULT_TASK_STATE, TEXT},
    {"task-hidden", FAULT_TASK_HIDDEN, NUMBER},
    {"count-shift", FAULT_COUNT_SHIFT, NOTHING},
    {"lock", FAULT_LOCK, NUMBER},
    {"list-edit", FAULT_LIST_EDIT, NOTHING},
    {"listener-error", FAULT_LISTENER_ERROR, NOTHING},
    {"not-served", FAULT_NOT_SERVED, NOTHING},
};

struct entry {
	char method[16], path[256];
	long left; /* -1: without end */
	struct fault fault;
};

struct faults {
	struct entry *entries;
	size_t count;
	pthread_mutex_t lock; /* of what is left of each */
};

static bool
parse_argument(const struct kind *kind, const char *rest, struct fault *fault)
{
	bool number = kind->argument == NUMBER || kind->argument == NUMBER_TEXT;
	char *end = NULL;

	if (number) {
		fault->number = strtol(rest, &end, 10);
		if (end == rest || fault->number < 0)
			return false;
		rest = end + strspn(end, " \t");
	}
	snprintf(fault->text, sizeof(fault->text), "%s", rest);
	if (kind->argument == NOTHING || kind->argument == NUMBER)
		return *rest == '\0';
	if (kind->argument == MOMENT)
		return strcmp(rest, "before") == 0 ||
		       strcmp(rest, "after") == 0;
	return kind->argument != TEXT || *rest != '\0';
}

/* METHOD PATH COUNT FAULT [ARGUMENT] */
static bool
parse_line(const char *line, struct entry *entry)
{
	char count[16], name[32];
	int used = 0;

	if (sscanf(line, "%15s %255s %15s %31s%n", entry->method, entry->path,
		count, name, &used) != 4)
		return false;
	entry->left = strcmp(count, "*") == 0 ? -1 : strtol(count, NULL, 10);
	if (entry->left == 0)
		return false;
	line += used + strspn(line + used, " \t");
	for (size_t i = 0; i < COUNTOF(kinds); i++) {
		if (strcmp(name, kinds[i].name) != 0)
			continue;
		entry->fault.kind = kinds[i].kind;
		entry->fault.name = kinds[i].name;
		return parse_argument(&kinds[i], line, &entry->fault);
	}
	return false;
}

static bool
add_line(struct faults *faults, const char *line)
{
	struct entry *more;

	line += strspn(line, " \t");
	if (*line == '\0' || *line == '#')
		return true;
	more = realloc(
	    faults->entries, (faults->count + 1) * sizeof(*faults->entries));
	if (more == NULL)
		abort();
	faults->entries = more;
	more[faults->count] = (struct entry){0};
	return parse_line(line, &more[faults->count++]);
}

struct faults *
faults_load(const char *path, struct fail *fail)
{
	CLEANUP(buf_clear) struct buf text = {0};
	struct faults *faults = calloc(1, sizeof(*faults));
	const char *rest, *at;
	int len, number = 0;

	if (faults == NULL || pthread_mutex_init(&faults->lock, NULL) != 0)
		abort();
	if (path == NULL)
		return faults;
	if (!file_read(path, &text, NULL, fail)) {
		faults_free(faults);
		return NULL;
	}
	rest = buf_text(&text);
	while (text_line(&rest, &at, &len)) {
		char line[512];

		number++;
		snprintf(line, sizeof(line), "%.*s", len, at);
		if (add_line(faults, line))
			continue;
		fail_set(fail, FAIL_USAGE,
		    "%s:%d: not METHOD PATH COUNT "
		    "FAULT [ARGUMENT]",
		    path, number);
		fail_hint(fail, "certupload-sandbox(1) lists the faults");
		faults_free(faults);
		return NULL;
	}
	return faults;
}

void
faults_free(struct faults *faults)
{
	pthread_mutex_destroy(&faults->lock);
	free(faults->entries);
	free(faults);
}

bool
faults_again(struct faults *faults, const char *path, struct fail *fail)
{
	struct faults *fresh = faults_load(path, fail);
	struct entry *old;

	if (fresh == NULL)
		return false;
	pthread_mutex_lock(&faults->lock);
	old = faults->entries;
	faults->entries = fresh->entries;
	faults->count = fresh->count;
	pthread_mutex_unlock(&faults->lock);
	fresh->entries = old;
	faults_free(fresh);
	return true;
}

static struct fault
take(struct faults *faults, const char *method, const char *path, bool first)
{
	for (size_t i = 0; i < faults->count; i++) {
		struct entry *entry = &faults->entries[i];

		if (entry->left == 0 || strcmp(entry->method, method) != 0 ||
		    fnmatch(entry->path, path, FNM_PATHNAME) != 0 ||
		    (entry->fault.kind == FAULT_CLOSE_REUSED && first))
			continue;
		if (entry->left > 0)
			entry->left--;
		return entry->fault;
	}
	return (struct fault){0};
}

struct fault
faults_take(
    struct faults *faults, const char *method, const char *path, bool first)
{
	struct fault fault;

	pthread_mutex_lock(&faults->lock);
	fault = take(faults, method, path, first);
	pthread_mutex_unlock(&faults->lock);
	return fault;
}
