#include "routes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "handlers.h"

/* {p}, {r}: a project and region that exist; {c}: a client; {id}: a name. */
static const struct route {
	const char *method, *pattern;
	struct answer (*handle)(struct context *);
} routes[] = {
    {"POST", "/cloud/v1/secrets/{p}/{r}", secrets_create},
    {"POST", "/cloud/v2/secrets/{p}/{r}", secrets_create_pem},
    {"GET", "/cloud/v1/secrets/{p}/{r}", secrets_list},
    {"GET", "/cloud/v1/secrets/{p}/{r}/{id}", secrets_get},
    {"DELETE", "/cloud/v1/secrets/{p}/{r}/{id}", secrets_delete},
    {"GET", "/cloud/v1/tasks", tasks_list},
    {"GET", "/cloud/v1/tasks/{id}", tasks_get},
    {"GET", "/cloud/v1/tasks/{p}/{r}/active", tasks_active},
    {"GET", "/cloud/v2/client_quotas", quotas_client},
    {"GET", "/cloud/v2/regional_quotas/{c}/{r}", quotas_regional},
    {"POST", "/cloud/v1/loadbalancers/{p}/{r}", balancers_create},
    {"GET", "/cloud/v1/loadbalancers/{p}/{r}", balancers_list},
    {"GET", "/cloud/v1/loadbalancers/{p}/{r}/{id}", balancers_get},
    {"DELETE", "/cloud/v1/loadbalancers/{p}/{r}/{id}", balancers_delete},
    {"POST", "/cloud/v1/lblisteners/{p}/{r}", balancers_create},
    {"GET", "/cloud/v1/lblisteners/{p}/{r}", balancers_list},
    {"GET", "/cloud/v1/lblisteners/{p}/{r}/{id}", balancers_get},
    {"PATCH", "/cloud/v2/lblisteners/{p}/{r}/{id}", balancers_patch},
    {"DELETE", "/cloud/v1/lblisteners/{p}/{r}/{id}", balancers_delete},
    {"POST", "/cloud/v1/lbpools/{p}/{r}", balancers_create},
    {"GET", "/cloud/v1/lbpools/{p}/{r}", balancers_list},
    {"GET", "/cloud/v1/lbpools/{p}/{r}/{id}", balancers_get},
    {"PATCH", "/cloud/v2/lbpools/{p}/{r}/{id}", balancers_patch},
    {"DELETE", "/cloud/v1/lbpools/{p}/{r}/{id}", balancers_delete},
    {"GET", "/cloud/v1/projects", places_projects},
    {"GET", "/cloud/v1/regions", places_regions},
};

/* A number of the path, from 1. */
static bool
take_number(const char **path, int *number)
{
	char *end;
	long n = strtol(*path, &end, 10);

	if (end == *path || **path == '+' || n < 1 || n > 1 << 30)
		return false;
	*number = (int)n;
	*path = end;
	return true;
}

static bool
matches(const char *pattern, const char *path, struct context *context)
{
	context->project = context->region = context->client = 0;
	context->id[0] = '\0';
	while (*pattern != '\0') {
		if (strncmp(pattern, "{id}", 4) == 0) {
			size_t len = strcspn(path, "/");

			snprintf(context->id, sizeof(context->id), "%.*s",
			    (int)len, path);
			path += len;
			pattern += 4;
		} else if (*pattern == '{') {
			if (!take_number(
				&path, pattern[1] == 'p'   ? &context->project
				       : pattern[1] == 'r' ? &context->region
							   : &context->client))
				return false;
			pattern += 3;
		} else if (*pattern++ != *path++) {
			return false;
		}
	}
	return *path == '\0';
}

/* A path without one has 0. */
static bool
is_known(const struct options_place *places, int count, int id)
{
	for (int i = 0; i < count; i++)
		if (places[i].id == id)
			return true;
	return id == 0;
}

/* "APIKey <token>", the scheme in any case. */
static const char *
authorize(const struct context *context)
{
	const char *value = context->request->authorization;
	const char *key = context->options->api_key;

	if (value == NULL)
		return "missing";
	return strncasecmp(value, "APIKey ", 7) == 0 &&
		       strcmp(value + 7, key) == 0
		   ? "ok"
		   : "wrong";
}

struct answer
routes_handle(const struct options *options, struct state *state,
    const struct request *request, const struct fault *fault, cJSON *entry)
{
	struct context context = {.options = options,
	    .state = state,
	    .request = request,
	    .fault = fault,
	    .entry = entry};
	const char *auth = authorize(&context);
	bool path_known = false;

	cJSON_AddStringToObject(entry, "auth", auth);
	if (strcmp(auth, "ok") != 0)
		return reply_refuse(401, "token_not_valid",
		    "Given token not valid for any token type");
	for (size_t i = 0; i < COUNTOF(routes); i++) {
		if (!matches(routes[i].pattern, request->path, &context))
			continue;
		path_known = true;
		if (strcmp(routes[i].method, request->method) != 0)
			continue;
		if (!is_known(options->projects, options->project_count,
			context.project) ||
		    !is_known(options->regions, options->region_count,
			context.region))
			return reply_not_found("Project or region", "");
		return routes[i].handle(&context);
	}
	if (path_known)
		return reply_refuse(
		    405, "HTTPError", "HTTP 405: Method Not Allowed");
	return reply_not_found("Path", request->path);
}
