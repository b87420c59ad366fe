/* Answers the handlers have in common: refusals, tasks, pages of a list. */
#ifndef SANDBOX_REPLY_H
#define SANDBOX_REPLY_H

#include "routes.h"
#include "schema.h"

/* 404 "<what> <id> could not be found". */
struct routes_answer reply_not_found(const char *what, const char *id);

/* What the schema refuses, with the field in "invalid_fields". */
struct routes_answer reply_invalid(const struct schema_error *error);

/* 400 for a query out of its range. */
struct routes_answer reply_bad_query(void);

/* Is the body said to be JSON? If not, 415. */
bool reply_is_json(const struct routes_request *request);
struct routes_answer reply_no_json(void);

/* {"tasks": [id]}, or none for NULL. */
struct routes_answer reply_tasks(const struct state_task *task);

/* The `index`-th value of a query's key, or NULL. */
const char *reply_query(
    const struct routes_request *request, const char *name, unsigned index);

/* A page of a list while it is filled. */
struct page {
	cJSON *results;
	int limit, offset, count;
};

/* Begin one with this default limit; false for a query the schema refuses. */
bool page_begin(
    const struct routes_request *request, struct page *page, int limit);

/* Is the next record on this page? Counts it. */
bool page_wants(struct page *page);

/* {"count", "results"}. */
struct routes_answer page_end(struct page *page);

#endif
