/* Requests and answers, and those that handlers have in common: refusals,
 * tasks, pages of a list. */
#ifndef SANDBOX_REPLY_H
#define SANDBOX_REPLY_H

#include "schema.h"
#include "state.h"

/* A parsed request. `query` finds the `index`-th value of a key, or NULL. */
struct request {
	const char *method, *path;
	const char *authorization, *content_type; /* or NULL */
	const char *body;
	size_t body_len;
	int64_t now_ms;
	const char *(*query)(void *data, const char *name, unsigned index);
	void *data;
};

struct answer {
	int status;
	cJSON *json; /* owned by the caller */
};

/* A refusal in the API's form. */
struct answer reply_refuse(int status, const char *class, const char *message);

/* 404 "<what> <id> could not be found". */
struct answer reply_not_found(const char *what, const char *id);

/* What the schema refuses, with the field in "invalid_fields". */
struct answer reply_invalid(const struct schema_error *error);

/* 400 for a query out of its range. */
struct answer reply_bad_query(void);

/* Is the body said to be JSON? If not, 415. */
bool reply_is_json(const struct request *request);
struct answer reply_no_json(void);

/* {"tasks": [id]}, or none for NULL. */
struct answer reply_tasks(const struct state_task *task);

/* The `index`-th value of a query's key, or NULL. */
const char *reply_query(
    const struct request *request, const char *name, unsigned index);

/* A page of a list while it is filled. */
struct page {
	cJSON *results;
	int limit, offset, count;
};

/* Begin one with this default limit; false for a query the schema refuses. */
bool page_begin(const struct request *request, struct page *page, int limit);

/* Is the next record on this page? Counts it. */
bool page_wants(struct page *page);

/* {"count", "results"}. */
struct answer page_end(struct page *page);

#endif
