/* Operations of the Gcore Cloud API as requests, its refusals as failures. */
#ifndef GCORE_API_H
#define GCORE_API_H

#include "gcore/model.h"
#include "net/httpmsg.h"

#define API_DEFAULT_URL "https://api.gcore.com"

/* The most records a page may have (`limit`). */
#define API_PAGE 1000

/* How secrets are created: v1 takes a PKCS#12 bundle, v2 PEM texts. */
enum api_version { API_V1, API_V2, API_AUTO };

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

/* What a status says. */
enum api_meaning {
	API_MISSING, /* it is not there: not yet, or no more */
	API_LOCKED,  /* a task changes it, or its load balancer, now */
	API_IN_USE,  /* a listener or a pool has it still */
	API_GONE,    /* the server no longer has this version of the API */
};
bool api_means(const struct http_response *response, enum api_meaning meaning);

/* The operations; `request` is empty before. FAIL_INTERNAL. */

/* POST /cloud/v1/secrets/{project}/{region}, or v2 where the draft has no
 * payload: at most once. */
bool api_create_secret(const struct api *api, const struct secret_draft *draft,
    struct http_request *request, struct fail *fail) MUST_CHECK;

/* GET /cloud/v1/secrets/{project}/{region} */
bool api_secrets(const struct api *api, size_t offset,
    struct http_request *request, struct fail *fail) MUST_CHECK;

/* DELETE /cloud/v1/secrets/{project}/{region}/{id}; API_MISSING is an
 * answer. */
bool api_delete_secret(const struct api *api, const char *id,
    struct http_request *request, struct fail *fail) MUST_CHECK;

/* GET /cloud/v1/lblisteners/{project}/{region}, or lbpools; one of them. */
bool api_referrers(const struct api *api, enum referrer_kind kind,
    size_t offset, struct http_request *request, struct fail *fail) MUST_CHECK;
bool api_referrer(const struct api *api, enum referrer_kind kind,
    const char *id, struct http_request *request, struct fail *fail) MUST_CHECK;

/*
 * PATCH /cloud/v2/lblisteners/{project}/{region}/{id}, or lbpools; `request`
 * has its body already, by wire_references. API_LOCKED is an answer.
 */
bool api_patch_referrer(const struct api *api, enum referrer_kind kind,
    const char *id, struct http_request *request, struct fail *fail) MUST_CHECK;

/* GET /cloud/v1/loadbalancers/{project}/{region} */
bool api_balancers(const struct api *api, size_t offset,
    struct http_request *request, struct fail *fail) MUST_CHECK;

/* GET /cloud/v1/tasks/{id}; API_MISSING is an answer. */
bool api_task(const struct api *api, const char *id,
    struct http_request *request, struct fail *fail) MUST_CHECK;

/* GET /cloud/v1/tasks/{project}/{region}/active: those that create a secret,
 * unfinished by the server's own notion, whatever it calls their state. */
bool api_creating_tasks(const struct api *api, size_t offset,
    struct http_request *request, struct fail *fail) MUST_CHECK;

/* GET /cloud/v1/tasks: those that create a secret in this project and region,
 * whatever their state, made at `since` (seconds since 1970) or later; -1:
 * all that the server remembers. The newest come first. */
bool api_tasks_since(const struct api *api, int64_t since, size_t offset,
    struct http_request *request, struct fail *fail) MUST_CHECK;

/* GET /cloud/v2/client_quotas: of all regions. */
bool api_quotas(const struct api *api, struct http_request *request,
    struct fail *fail) MUST_CHECK;

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
