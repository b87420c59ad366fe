/* Operations of the Gcore Cloud API as requests, its refusals as failures. */
#ifndef GCORE_API_H
#define GCORE_API_H

#include "gcore/model.h"
#include "net/httpmsg.h"

#define API_DEFAULT_URL "https://api.gcore.com"

/* The most records a page may have (`limit`). */
#define API_PAGE 1000

/* Where requests go. */
struct api {
	struct buf base; /* "https://api.gcore.com/cloud" */
	int64_t project, region;
};

/*
 * Take the base URL in any spelling in use: with or without "/cloud", with
 * or without a slash at its end. FAIL_INTERNAL.
 */
bool api_set_base(
    struct api *api, const char *url, struct fail *fail) MUST_CHECK;
void api_clear(struct api *api);

/* The Authorization value of an API token: "APIKey <token>". */
bool api_authorization(
    const char *token, struct buf *value, struct fail *fail) MUST_CHECK;

/* The operations; `request` is empty before. FAIL_INTERNAL. */

/* POST /cloud/v1/secrets/{project}/{region}: at most once. */
bool api_create_secret(const struct api *api, const struct secret_draft *draft,
    struct http_request *request, struct fail *fail) MUST_CHECK;

/* GET /cloud/v1/secrets/{project}/{region} */
bool api_secrets(const struct api *api, size_t offset,
    struct http_request *request, struct fail *fail) MUST_CHECK;

/* GET /cloud/v1/tasks/{id}; a task just made may be missing yet. */
bool api_task(const struct api *api, const char *id,
    struct http_request *request, struct fail *fail) MUST_CHECK;

/* GET /cloud/v1/tasks/{project}/{region}/active: those that create a secret,
 * unfinished by the server's own notion, whatever it calls their state. */
bool api_creating_tasks(const struct api *api, size_t offset,
    struct http_request *request, struct fail *fail) MUST_CHECK;

/* GET /cloud/v1/projects, GET /cloud/v1/regions */
bool api_projects(const struct api *api, size_t offset,
    struct http_request *request, struct fail *fail) MUST_CHECK;
bool api_regions(const struct api *api, size_t offset,
    struct http_request *request, struct fail *fail) MUST_CHECK;

/*
 * Why `response` is no success while `doing` ("creating the secret"): class
 * by status, the server's own words, a next step. Always false.
 */
bool api_refusal(
    const struct http_response *response, const char *doing, struct fail *fail);

#endif
