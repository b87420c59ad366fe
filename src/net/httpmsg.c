#include "net/httpmsg.h"

const char *
http_method_name(enum http_method method)
{
	static const char *const names[] = {
	    [HTTP_GET] = "GET",
	    [HTTP_POST] = "POST",
	    [HTTP_PATCH] = "PATCH",
	    [HTTP_DELETE] = "DELETE",
	    [HTTP_RESOLVE] = "RESOLVE",
	    [HTTP_PROBE] = "PROBE",
	};

	return names[method];
}

bool
http_method_sends(enum http_method method)
{
	return method != HTTP_RESOLVE && method != HTTP_PROBE;
}

void
http_request_clear(struct http_request *request)
{
	buf_clear(&request->url);
	buf_clear(&request->body);
	buf_clear(&request->address);
	*request = (struct http_request){0};
}

void
http_response_clear(struct http_response *response)
{
	buf_clear(&response->body);
	*response = (struct http_response){0};
}
