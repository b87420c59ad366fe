#include "server.h"

#include <inttypes.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/file.h"
#include "haproxy.h"
#include "journal.h"
#include "process.h"
#include "relay.h"
#include "routes.h"
#include "task_end.h"

/* More than the API takes, to be able to refuse it. */
#define MAX_BODY ((size_t)1 << 20)

struct server {
	const struct options *options;
	pthread_mutex_t lock; /* of `state` */
	struct state state;
	struct journal journal;
	struct faults *faults;
	struct relay *relay;
	struct MHD_Daemon *daemon;
	int64_t start_ms;
	int port;
	struct buf cert, key;
	struct {
		unsigned requests;
	} * connections; /* by id */
	unsigned connection_cap;
};

/* One request while its body arrives. */
struct exchange {
	struct buf body;
};

/* --- one request ---------------------------------------------------------- */

static const char *
header(struct MHD_Connection *connection, const char *name)
{
	return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

struct search {
	const char *name, *found;
	unsigned index;
};

static enum MHD_Result
on_query(
    void *data, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct search *search = data;

	(void)kind;
	if (strcmp(name, search->name) != 0 || search->index-- > 0)
		return MHD_YES;
	search->found = value == NULL ? "" : value;
	return MHD_NO;
}

static const char *
query(void *data, const char *name, unsigned index)
{
	struct search search = {.name = name, .index = index};

	MHD_get_connection_values(
	    data, MHD_GET_ARGUMENT_KIND, on_query, &search);
	return search.found;
}

/* The id travels as the port of the address we made up. */
static unsigned
connection_id(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
	    connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	struct sockaddr_in address;

	memcpy(&address, info->client_addr, sizeof(address));
	return ntohl(address.sin_addr.s_addr);
}

/* The number of this request on its connection, from 1. */
static unsigned
count_request(struct server *server, unsigned id)
{
	while (id >= server->connection_cap) {
		unsigned cap = server->connection_cap + 1024;

		server->connections = realloc(
		    server->connections, cap * sizeof(*server->connections));
		if (server->connections == NULL)
			abort();
		memset(server->connections + server->connection_cap, 0,
		    1024 * sizeof(*server->connections));
		server->connection_cap = cap;
	}
	return ++server->connections[id].requests;
}

/* Faults that leave the request unhandled. */
static bool
is_instead(const struct fault *fault)
{
	switch (fault->kind) {
	case FAULT_RESET_BEFORE:
	case FAULT_STATUS:
	case FAULT_REDIRECT:
		return true;
	case FAULT_CLOSE_REUSED:
		return strcmp(fault->text, "commit") != 0;
	case FAULT_KILL:
		return strcmp(fault->text, "before") == 0;
	default:
		return false;
	}
}

/* The client dies before its answer is on the way. */
static void
kill_client(struct server *server, unsigned id, const struct fault *fault,
    const char *moment)
{
	if (fault->kind == FAULT_KILL && strcmp(fault->text, moment) == 0)
		process_kill(process_of_port(
		    relay_peer(server->relay, id), server->port));
}

static struct answer
answer_of(struct server *server, const struct request *request,
    const struct fault *fault, cJSON *entry)
{
	struct answer answer;

	if (is_instead(fault))
		return reply_refuse(fault->kind == FAULT_STATUS
					? (int)fault->number
				    : fault->kind == FAULT_REDIRECT ? 302
								    : 200,
		    "HTTPError", "as the fault script says");
	answer = routes_handle(
	    server->options, &server->state, request, fault, entry);
	if (fault->kind == FAULT_STATUS_COMMIT) {
		cJSON_Delete(answer.json);
		answer = reply_refuse((int)fault->number, "HTTPError",
		    "as the fault script says, after the work was done");
	}
	return answer;
}

/* The body as the fault wants it, malloc'ed. */
static char *
body_of(const struct answer *answer, const struct fault *fault, size_t *len)
{
	char *text;

	if (fault->kind == FAULT_HUGE) {
		*len = (size_t)fault->number;
		text = malloc(*len + 1);
		if (text != NULL)
			memset(text, '[', *len);
		return text;
	}
	text = cJSON_PrintUnformatted(answer->json);
	*len = text == NULL ? 0 : strlen(text);
	if (fault->kind == FAULT_EMPTY)
		*len = 0;
	if (fault->kind == FAULT_BAD_JSON)
		*len /= 2;
	return text;
}

/* The relay cuts at the end of what there is: a length that lies. */
static ssize_t
lying_reader(void *data, uint64_t at, char *to, size_t most)
{
	const char *text = data;
	size_t len = strlen(text);

	if (at >= len)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	if (most > len - at)
		most = len - at;
	memcpy(to, text + at, most);
	return (ssize_t)most;
}

static struct MHD_Response *
response_of(const struct answer *answer, const struct fault *fault)
{
	struct MHD_Response *response;
	size_t len;
	char *text = body_of(answer, fault, &len);

	if (text == NULL)
		abort();
	if (fault->kind == FAULT_WRONG_LENGTH)
		response = MHD_create_response_from_callback(
		    len + 100, 1024, lying_reader, text, free);
	else
		response = MHD_create_response_from_buffer(
		    len, text, MHD_RESPMEM_MUST_FREE);
	MHD_add_response_header(response, "Content-Type", "application/json");
	if (fault->kind == FAULT_REDIRECT)
		MHD_add_response_header(response, "Location", fault->text);
	if ((fault->kind == FAULT_STATUS ||
		fault->kind == FAULT_STATUS_COMMIT) &&
	    fault->text[0] != '\0')
		MHD_add_response_header(response, "Retry-After", fault->text);
	return response;
}

static void
trouble(struct server *server, unsigned id, const struct fault *fault)
{
	static const struct {
		enum fault_kind fault;
		enum relay_trouble trouble;
	} rows[] = {
	    {FAULT_RESET_BEFORE, RELAY_RESET},
	    {FAULT_CLOSE_REUSED, RELAY_CUT},
	    {FAULT_COMMIT_CUT, RELAY_CUT},
	    {FAULT_COMMIT_RESET, RELAY_RESET},
	    {FAULT_STALL, RELAY_STALL},
	    {FAULT_TRICKLE, RELAY_TRICKLE},
	};

	for (size_t i = 0; i < COUNTOF(rows); i++)
		if (rows[i].fault == fault->kind)
			relay_trouble(
			    server->relay, id, rows[i].trouble, fault->number);
}

/* The journal's line of a request, as far as it is known before the answer. */
static cJSON *
entry_of(const struct server *server, const struct request *request,
    unsigned id, unsigned nth)
{
	cJSON *entry = cJSON_CreateObject();

	cJSON_AddNumberToObject(
	    entry, "ms", (double)(request->now_ms - server->start_ms));
	cJSON_AddNumberToObject(entry, "connection", id);
	cJSON_AddNumberToObject(entry, "request", nth);
	cJSON_AddStringToObject(entry, "method", request->method);
	cJSON_AddStringToObject(entry, "path", request->path);
	return entry;
}

static enum MHD_Result
handle(struct server *server, struct MHD_Connection *connection,
    const char *path, const char *method, struct exchange *exchange)
{
	struct request request = {
	    .method = method,
	    .path = path,
	    .authorization = header(connection, "Authorization"),
	    .content_type = header(connection, "Content-Type"),
	    .body = buf_text(&exchange->body),
	    .body_len = exchange->body.len,
	    .now_ms = clock_ms(),
	    .query = query,
	    .data = connection,
	};
	unsigned id = connection_id(connection);
	unsigned nth = count_request(server, id);
	struct fault fault =
	    faults_take(server->faults, method, path, nth == 1);
	cJSON *entry = entry_of(server, &request, id, nth);
	struct answer answer;
	struct MHD_Response *response;
	enum MHD_Result queued;

	pthread_mutex_lock(&server->lock);
	task_end_due(&server->state, request.now_ms);
	kill_client(server, id, &fault, "before");
	answer = answer_of(server, &request, &fault, entry);
	cJSON_AddNumberToObject(entry, "status", answer.status);
	if (fault.kind != FAULT_NONE)
		cJSON_AddStringToObject(entry, "fault", fault.name);
	journal_write(&server->journal, entry);
	kill_client(server, id, &fault, "after");
	trouble(server, id, &fault);
	response = response_of(&answer, &fault);
	pthread_mutex_unlock(&server->lock);
	queued =
	    MHD_queue_response(connection, (unsigned)answer.status, response);
	MHD_destroy_response(response);
	cJSON_Delete(answer.json);
	cJSON_Delete(entry);
	return queued;
}

static enum MHD_Result
on_access(void *data, struct MHD_Connection *connection, const char *path,
    const char *method, const char *version, const char *upload,
    size_t *upload_len, void **own)
{
	struct exchange *exchange = *own;
	struct fail fail;

	(void)version;
	if (exchange == NULL) {
		if ((exchange = calloc(1, sizeof(*exchange))) == NULL)
			return MHD_NO;
		exchange->body.max = MAX_BODY;
		*own = exchange;
		return MHD_YES;
	}
	if (*upload_len > 0) {
		bool good =
		    buf_append(&exchange->body, upload, *upload_len, &fail);

		*upload_len = 0;
		return good ? MHD_YES : MHD_NO;
	}
	return handle(data, connection, path, method, exchange);
}

static void
on_completed(void *data, struct MHD_Connection *connection, void **own,
    enum MHD_RequestTerminationCode code)
{
	struct exchange *exchange = *own;

	(void)data, (void)connection, (void)code;
	if (exchange != NULL)
		buf_clear(&exchange->body);
	free(exchange);
	*own = NULL;
}

/* --- the server ----------------------------------------------------------- */

static void
on_connected(void *data, int fd, unsigned id)
{
	struct server *server = data;
	struct sockaddr_in address = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(id)};

	MHD_add_connection(
	    server->daemon, fd, (struct sockaddr *)&address, sizeof(address));
}

static bool
read_tls(struct server *server, struct fail *fail)
{
	return server->options->cert == NULL ||
	       (file_read(server->options->cert, &server->cert, NULL, fail) &&
		   file_read_secret(server->options->key, &server->key, fail));
}

static bool
start_http(struct server *server, struct fail *fail)
{
	unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD |
			 MHD_USE_NO_LISTEN_SOCKET | MHD_USE_ITC;
	struct MHD_OptionItem tls[] = {
	    {MHD_OPTION_HTTPS_MEM_CERT, 0, server->cert.data},
	    {MHD_OPTION_HTTPS_MEM_KEY, 0, server->key.data},
	    {MHD_OPTION_END, 0, NULL},
	};

	if (server->options->cert == NULL)
		tls[0].option = MHD_OPTION_END;
	else
		flags |= MHD_USE_TLS;
	server->daemon = MHD_start_daemon(flags, 0, NULL, NULL, on_access,
	    server, MHD_OPTION_NOTIFY_COMPLETED, on_completed, server,
	    MHD_OPTION_ARRAY, tls, MHD_OPTION_END);
	return server->daemon != NULL ||
	       fail_set(fail, FAIL_USAGE,
		   "the HTTP server does not start; check --cert and --key");
}

static bool
start(struct server *server, struct fail *fail)
{
	const struct options *options = server->options;

	server->start_ms = clock_ms();
	server->port = options->port;
	server->state.payload_dir = options->payload_dir;
	state_fill(&server->state, options->projects[0].id,
	    options->regions[0].id, options->secrets, options->tasks);
	if (options->payload_dir != NULL)
		(void)mkdir(options->payload_dir, 0700);
	if (options->serve &&
	    (server->state.haproxy = haproxy_start(fail)) == NULL)
		return false;
	server->faults = faults_load(options->faults, fail);
	if (server->faults == NULL ||
	    !journal_open(&server->journal, options->journal, fail) ||
	    !read_tls(server, fail) || !start_http(server, fail))
		return false;
	server->relay = relay_start(
	    &server->port, server->faults, on_connected, server, fail);
	return server->relay != NULL;
}

struct server *
server_start(const struct options *options, struct fail *fail)
{
	struct server *server = calloc(1, sizeof(*server));

	if (server == NULL)
		abort();
	server->options = options;
	server->journal.fd = -1;
	pthread_mutex_init(&server->lock, NULL);
	if (start(server, fail))
		return server;
	server_stop(server);
	return NULL;
}

void
server_stop(struct server *server)
{
	if (server->relay != NULL)
		relay_stop(server->relay);
	if (server->daemon != NULL)
		MHD_stop_daemon(server->daemon);
	if (server->faults != NULL)
		faults_free(server->faults);
	journal_close(&server->journal);
	if (server->state.haproxy != NULL)
		haproxy_stop(server->state.haproxy);
	state_clear(&server->state);
	buf_clear(&server->cert);
	buf_clear(&server->key);
	free(server->connections);
	pthread_mutex_destroy(&server->lock);
	free(server);
}

void
server_advance(struct server *server)
{
	pthread_mutex_lock(&server->lock);
	task_end_due(&server->state, clock_ms());
	pthread_mutex_unlock(&server->lock);
}

bool
server_read_faults(struct server *server, struct fail *fail)
{
	return faults_again(server->faults, server->options->faults, fail);
}

int
server_port(const struct server *server)
{
	return server->port;
}
