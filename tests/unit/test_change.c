/*
 * A change against a server that locks, fails, loses answers, and whose other
 * users edit the same listener: flow and server are driven step by step in a
 * time of their own.
 */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "deploy/change.h"

#define RUNS unit_cases(4000)

/* No run needs longer. */
#define DEADLINE_MS 3600000

/* Foreign edits in a run, after which everybody is content. */
#define MAX_EDITS 5

#define WANTED "n"

/* --- the server ----------------------------------------------------------- */

/* What may happen, in percent of the occasions. */
struct trouble {
	int transfer, locks, edits, task_fails, breaks, losses;
};

struct server {
	int64_t now;
	struct trouble trouble;

	struct references has;
	bool is_broken;         /* in ERROR */
	int64_t free_at;        /* the lock ends */
	struct references next; /* what the task makes of it */
	bool has_next, next_fails, next_breaks;
	bool next_is_lost; /* nobody knows the task, done or not */

	unsigned edits;      /* by others */
	unsigned seen_edits; /* when the client last read */
	bool just_read;      /* nothing was asked since */
	unsigned overwrites; /* writes that could not know of an edit */
};

static struct id_list older;

static bool
chance(int percent)
{
	return rand() % 100 < percent;
}

static void
copy(struct references *to, const struct references *from)
{
	memcpy(to->secret, from->secret, sizeof(to->secret));
	assert_true(id_list_copy(&to->sni, &from->sni));
}

/* Is the entry none of ours? */
static bool
is_foreign(const char *id)
{
	return !id_list_contains(&older, id) && strcmp(id, WANTED) != 0;
}

static void
assert_same_foreign(const struct id_list *a, const struct id_list *b)
{
	size_t i = 0, j = 0;

	for (;;) {
		while (i < a->count && !is_foreign(a->items[i]))
			i++;
		while (j < b->count && !is_foreign(b->items[j]))
			j++;
		if (i == a->count || j == b->count)
			break;
		assert_string_equal(a->items[i++], b->items[j++]);
	}
	assert_true(i == a->count && j == b->count);
}

/* The task that holds the lock ends. */
static void
settle(struct server *server)
{
	if (!server->has_next || server->now < server->free_at)
		return;
	server->has_next = false;
	if (server->next_fails && !server->next_breaks)
		return;
	copy(&server->has, &server->next);
	server->is_broken = server->next_breaks;
}

/* Somebody else adds an entry, takes one of theirs away, puts an old one of
 * ours back or has another default certificate. */
static void
edit_by_others(struct server *server)
{
	struct id_list list = {0};
	char id[16];
	bool old = chance(20);
	size_t place = (size_t)rand() % (server->has.sni.count + 1);
	size_t gone = chance(30) ? (size_t)rand() % 8 : SIZE_MAX;

	snprintf(id, sizeof(id), "f%u", ++server->edits);
	for (size_t i = 0; i <= server->has.sni.count; i++) {
		if (i == place)
			assert_true(id_list_add(&list, old ? "o1" : id));
		if (i < server->has.sni.count &&
		    (i != gone || !is_foreign(server->has.sni.items[i])))
			assert_true(
			    id_list_add(&list, server->has.sni.items[i]));
	}
	id_list_clear(&server->has.sni);
	server->has.sni = list;
	server->is_broken = false;
	if (chance(10))
		strcpy(server->has.secret, chance(50) ? "o1" : "fd");
}

static void
others(struct server *server)
{
	settle(server);
	if (server->now < server->free_at)
		return;
	if (server->edits < MAX_EDITS && chance(server->trouble.edits))
		edit_by_others(server);
	if (chance(server->trouble.locks))
		server->free_at = server->now + rand() % 20000;
}

static void
say(struct http_response *response, int status, const char *body)
{
	struct fail fail;

	response->outcome = HTTP_ANSWERED;
	response->status = status;
	assert_true(buf_append(&response->body, body, strlen(body), &fail));
}

static void
answer_read(struct server *server, struct http_response *response)
{
	bool locked = server->now < server->free_at;
	char body[2048];
	size_t n;

	n = (size_t)snprintf(body, sizeof(body),
	    "{\"id\":\"l\",\"name\":\"www\",\"protocol\":\"TERMINATED_HTTPS\","
	    "\"provisioning_status\":\"%s\",\"task_id\":%s,"
	    "\"secret_id\":\"%s\",\"sni_secret_id\":[",
	    locked              ? "PENDING_UPDATE"
	    : server->is_broken ? "ERROR"
				: "ACTIVE",
	    locked ? "\"t\"" : "null", server->has.secret);
	for (size_t i = 0; i < server->has.sni.count; i++)
		n += (size_t)snprintf(body + n, sizeof(body) - n, "%s\"%s\"",
		    i == 0 ? "" : ",", server->has.sni.items[i]);
	snprintf(body + n, sizeof(body) - n, "]}");
	say(response, 200, body);
	server->seen_edits = server->edits;
	server->just_read = true;
}

/* Of the body of a write, as far as it tells. */
static void
read_secret(const char *body, char secret[MODEL_ID_SIZE])
{
	const char *at = strstr(body, "\"secret_id\":");
	char null[2];

	if (at == NULL)
		return;
	if (sscanf(at, "\"secret_id\":\"%15[^\"]\"", secret) != 1) {
		assert_int_equal(sscanf(at, "\"secret_id\":nul%1s", null), 1);
		secret[0] = '\0';
	}
}

static void
read_list(const char *body, struct id_list *list)
{
	const char *at = strstr(body, "\"sni_secret_id\":[");
	char id[MODEL_ID_SIZE];

	if (at == NULL)
		return;
	id_list_clear(list);
	for (at = strchr(at, '[') + 1; *at == '"'; at += *at == ',') {
		size_t len = strcspn(++at, "\"");

		snprintf(id, sizeof(id), "%.*s", (int)len, at);
		assert_true(id_list_add(list, id));
		at += len + 1;
	}
}

static void
answer_write(
    struct server *server, const char *body, struct http_response *response)
{
	/* Never what was read before another answer, or the lack of one. */
	assert_true(server->just_read);
	if (server->now < server->free_at) {
		say(response, 409, "{}");
		return;
	}
	copy(&server->next, &server->has);
	read_secret(body, server->next.secret);
	read_list(body, &server->next.sni);
	if (server->seen_edits == server->edits)
		assert_same_foreign(&server->next.sni, &server->has.sni);
	else
		server->overwrites++;
	server->has_next = true;
	server->next_breaks = chance(server->trouble.breaks);
	server->next_fails =
	    server->next_breaks || chance(server->trouble.task_fails);
	server->free_at = server->now + 1 + rand() % 20000;
	server->next_is_lost = chance(server->trouble.losses);
	if (server->next_is_lost && chance(50)) {
		server->has_next = false;
		server->free_at = server->now;
	}
	say(response, 200, "{\"tasks\":[\"t\"]}");
}

static void
answer_poll(const struct server *server, struct http_response *response)
{
	say(response, server->next_is_lost ? 404 : 200,
	    server->now < server->free_at
		? "{\"id\":\"t\",\"state\":\"RUNNING\"}"
	    : server->next_fails
		? "{\"id\":\"t\",\"state\":\"ERROR\",\"error\":\"e\"}"
		: "{\"id\":\"t\",\"state\":\"FINISHED\"}");
}

static void
answer(struct server *server, const struct http_request *request,
    struct http_response *response)
{
	others(server);
	if (strstr(buf_text(&request->url), "/tasks/") != NULL)
		answer_poll(server, response);
	else if (request->method == HTTP_PATCH)
		answer_write(server, buf_text(&request->body), response);
	else
		answer_read(server, response);
	if (request->method == HTTP_PATCH)
		server->just_read = false;
}

/* Something happens to the request or the answer. */
static void
transfer(struct server *server, const struct http_request *request,
    struct http_response *response)
{
	static const int statuses[] = {408, 429, 500, 503};
	int percent = server->trouble.transfer;
	bool before = chance(percent), after = chance(percent);

	*response = (struct http_response){.retry_after_ms = -1, .date = -1};
	if (!before)
		answer(server, request, response);
	if (!before && !after)
		return;
	server->just_read = false;
	buf_clear(&response->body);
	response->outcome = chance(50)   ? HTTP_ANSWERED
			    : !before    ? HTTP_NO_ANSWER
			    : chance(50) ? HTTP_NOT_SENT
					 : HTTP_NO_ANSWER;
	response->status = response->outcome != HTTP_ANSWERED ? 0
			   : after                            ? 200
				   : statuses[rand() % 4];
	if (response->status / 100 > 2 && chance(30))
		response->retry_after_ms = rand() % 5000;
}

/* --- the runner ----------------------------------------------------------- */

static void
run_request(
    struct change *change, struct server *server, struct http_request *request)
{
	for (unsigned tries = 1;; tries++) {
		struct http_response response;
		enum retry_verdict verdict;

		server->now += 1 + rand() % 200;
		transfer(server, request, &response);
		verdict = retry_judge(request, &response, tries);
		if (verdict == RETRY_ACCEPT &&
		    !change_flow.accept(change, &response))
			verdict = retry_judge_unusable(request, tries);
		if (verdict == RETRY_LOOK || verdict == RETRY_GIVE_UP)
			change_flow.refuse(change, verdict, &response);
		http_response_clear(&response);
		if (verdict != RETRY_AGAIN)
			break;
		server->now += retry_delay_ms(tries, -1, 0.5);
	}
	http_request_clear(request);
}

/* Until it is done: always. */
static void
drive(struct change *change, struct server *server, int64_t until)
{
	for (unsigned steps = 0;; steps++) {
		struct flow_step step = {
		    .now_ms = server->now, .jitter = rand() % 100 / 100.0};
		enum flow_next next;
		struct fail why;

		assert_true(steps < 10000);
		if (server->now >= until) {
			fail_set(&why, FAIL_TIMEOUT, "not done in time");
			change_flow.stop(change, false, &why);
		}
		next = change_flow.next(change, &step);
		if (next == FLOW_DONE)
			return;
		if (next == FLOW_SEND) {
			run_request(change, server, &step.request);
			continue;
		}
		assert_true(step.wait_ms > 0);
		server->now += step.wait_ms;
	}
}

/* --- one history ---------------------------------------------------------- */

static struct api api = {.project = 1, .region = 1};

/* Ids of ours and of others, each once. */
static void
begin(struct server *server, struct change *change)
{
	static const char *const ids[] = {
	    "a", "b", "c", "d", "o1", "o2", WANTED};
	struct referrer referrer = {.kind = REFERRER_LISTENER};
	struct edit edit = {0, &older, WANTED};

	strcpy(server->has.secret, ids[rand() % 7]);
	for (size_t i = 0; i < 7; i++)
		if (chance(50))
			assert_true(id_list_add(&server->has.sni, ids[i]));
	strcpy(referrer.id, "l");
	strcpy(referrer.name, "www");
	edit.how = (unsigned)rand() % 4;
	change_init(change, &api, &referrer, &edit);
}

static void
end(struct server *server, struct change *change)
{
	references_clear(&server->has);
	references_clear(&server->next);
	change_clear(change);
}

/* What the client read last needs no edit, and was true then. */
static void
assert_wanted(const struct server *server, const struct change *change)
{
	struct references after = {0};

	assert_true(edit_make(&change->seen.has, &change->edit, &after));
	assert_true(edit_is_same(&after, &change->seen.has));
	if (server->edits == server->seen_edits)
		assert_true(edit_is_same(&server->has, &change->seen.has));
	references_clear(&after);
}

/* One change, and perhaps its way back. */
static void
run(struct trouble trouble, unsigned *overwrites)
{
	struct server server = {.trouble = trouble};
	struct references before = {0};
	struct change change;
	bool no_trouble = trouble.transfer == 0 && trouble.task_fails == 0 &&
			  trouble.breaks == 0 && trouble.losses == 0;

	begin(&server, &change);
	copy(&before, &server.has);
	drive(&change, &server, DEADLINE_MS);
	assert_int_not_equal(change.fail.code, FAIL_TIMEOUT);
	if (change.fail.code == FAIL_NONE)
		assert_wanted(&server, &change);
	else
		assert_false(no_trouble);
	assert_false(server.is_broken && change.fail.code == FAIL_NONE);
	if (change.has_begun) {
		server.trouble.task_fails = server.trouble.breaks = 0;
		server.trouble.losses = 0;
		change_turn(&change);
		drive(&change, &server, 2 * DEADLINE_MS);
		assert_true(
		    change.is_undone == (change.fail.code == FAIL_NONE));
		assert_true(change.is_undone || trouble.transfer > 0);
		if (change.is_undone && server.edits == 0)
			assert_true(edit_is_same(&server.has, &before));
		if (change.is_undone)
			assert_false(server.is_broken);
	}
	*overwrites += server.overwrites;
	references_clear(&before);
	end(&server, &change);
}

static void
histories(struct trouble trouble)
{
	unsigned overwrites = 0;

	unit_seed();
	for (int i = 0; i < RUNS; i++)
		run(trouble, &overwrites);
	print_message(
	    "# %u edits came between a read and its write\n", overwrites);
}

/* --- tests ---------------------------------------------------------------- */

static void
locks_and_edits_of_others_are_waited_out_and_kept(void **state)
{
	(void)state;
	histories((struct trouble){.locks = 30, .edits = 30});
}

static void
what_a_failing_task_or_listener_left_is_put_back(void **state)
{
	(void)state;
	histories((struct trouble){
	    .locks = 10, .edits = 20, .task_fails = 20, .breaks = 20});
}

static void
lost_answers_are_looked_after_before_anything_is_written(void **state)
{
	(void)state;
	histories((struct trouble){.transfer = 20,
	    .locks = 20,
	    .edits = 20,
	    .task_fails = 5,
	    .breaks = 5});
}

static void
a_lost_task_is_no_end_what_the_listener_has_counts(void **state)
{
	(void)state;
	histories((struct trouble){.locks = 10, .edits = 20, .losses = 40});
}

static void
a_server_that_loses_every_task_is_given_up(void **state)
{
	unsigned given_up = 0;

	(void)state;
	for (int i = 0; i < 100; i++) {
		struct server server = {.trouble = {.losses = 100}};
		struct change change;

		begin(&server, &change);
		drive(&change, &server, DEADLINE_MS);
		assert_true(server.now < 120000);
		if (change.fail.code != FAIL_NONE) {
			assert_int_equal(change.fail.code, FAIL_NETWORK);
			assert_int_equal(change.writes, 3);
			given_up++;
		}
		end(&server, &change);
	}
	assert_true(given_up > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(locks_and_edits_of_others_are_waited_out_and_kept),
	    cmocka_unit_test(what_a_failing_task_or_listener_left_is_put_back),
	    cmocka_unit_test(
		lost_answers_are_looked_after_before_anything_is_written),
	    cmocka_unit_test(
		a_lost_task_is_no_end_what_the_listener_has_counts),
	    cmocka_unit_test(a_server_that_loses_every_task_is_given_up),
	};
	int failed;

	if (!id_list_add(&older, "o1") || !id_list_add(&older, "o2"))
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	id_list_clear(&older);
	return failed;
}
