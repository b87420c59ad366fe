#include "deploy/probe.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define DEFAULT_PORT "443"

/* More than any chain served has. */
#define MAX_CHAIN ((size_t)256 << 10)

/* --- HOST[:PORT][=ADDRESS] ------------------------------------------------ */

/* Copy `len` bytes without brackets around them; false when too long. */
static bool
take(char *to, size_t size, const char *from, size_t len)
{
	if (len >= 2 && from[0] == '[' && from[len - 1] == ']')
		from++, len -= 2;
	if (len == 0 || len >= size)
		return false;
	memcpy(to, from, len);
	to[len] = '\0';
	return true;
}

static bool
is_address(const char *text)
{
	unsigned char bytes[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, text, bytes) == 1 ||
	       inet_pton(AF_INET6, text, bytes) == 1;
}

static bool
is_port(const char *text)
{
	return strspn(text, "0123456789") == strlen(text) &&
	       strtol(text, NULL, 10) >= 1 && strtol(text, NULL, 10) <= 65535;
}

/* Where the port begins: after the last colon that is in no address. */
static size_t
host_len(const char *text, size_t len)
{
	const char *bracket = memchr(text, ']', len);
	size_t from = bracket == NULL ? 0 : (size_t)(bracket - text);
	const char *colon = memchr(text + from, ':', len - from);

	return colon == NULL ? len : (size_t)(colon - text);
}

static bool
is_host(const char *host)
{
	static const char known[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:";

	return strspn(host, known) == strlen(host);
}

bool
probe_parse(const char *text, struct probe *probe, struct fail *fail)
{
	const char *equals = strchr(text, '=');
	size_t len = equals == NULL ? strlen(text) : (size_t)(equals - text);
	size_t host = host_len(text, len);
	bool good = take(probe->host, sizeof(probe->host), text, host) &&
		    is_host(probe->host);

	strcpy(probe->port, DEFAULT_PORT);
	if (good && host < len)
		good = take(probe->port, sizeof(probe->port), text + host + 1,
			   len - host - 1) &&
		       is_port(probe->port);
	if (good && equals != NULL)
		good = take(probe->address, sizeof(probe->address), equals + 1,
			   strlen(equals + 1)) &&
		       is_address(probe->address);
	if (good)
		return true;
	fail_set(fail, FAIL_USAGE, "'%s' is not HOST[:PORT][=ADDRESS]", text);
	return fail_hint(fail, "as in www.example.com:443=192.0.2.1");
}

void
probe_clear(struct probe *probe)
{
	buf_clear(&probe->addresses);
}

/* --- one try -------------------------------------------------------------- */

/* The address to ask next into `now`; false behind the last. */
static bool
pick(struct probe *probe)
{
	const char *rest = buf_text(&probe->addresses), *line;
	size_t number = 0;
	int len;

	while (text_line(&rest, &line, &len)) {
		if (number++ != probe->line)
			continue;
		snprintf(probe->now, sizeof(probe->now), "%.*s", len, line);
		return true;
	}
	return false;
}

static void
begin_try(struct probe *probe)
{
	probe->line = 0;
	probe->verdict = PROBE_RIGHT;
	buf_clear(&probe->addresses);
	probe->at = PROBE_RESOLVE;
	if (probe->address[0] == '\0')
		return;
	if (!buf_printf(
		&probe->addresses, &probe->fail, "%s\n", probe->address))
		probe->at = PROBE_DONE;
	else
		probe->at = PROBE_SHAKE;
}

static void
note(struct probe *probe, enum probe_verdict verdict, const char *text)
{
	/* One that answers tells more than one that does not. */
	if (probe->verdict == PROBE_OTHER ||
	    (probe->verdict == PROBE_UNREACHABLE && verdict != PROBE_OTHER))
		return;
	probe->verdict = verdict;
	snprintf(probe->said, sizeof(probe->said), "%s%s%s", probe->now,
	    probe->now[0] == '\0' ? "" : " ", text);
}

static void
failed(struct probe *probe)
{
	fail_set(&probe->fail, FAIL_UNSERVED, "%s:%s: %s", probe->host,
	    probe->port, probe->said);
	if (probe->verdict == PROBE_UNREACHABLE)
		fail_hint(&probe->fail,
		    "whether it is served could not be seen: check the "
		    "address, and that this host may connect to it");
	probe->at = PROBE_DONE;
}

/* All addresses were asked. */
static void
end_try(struct probe *probe, double jitter, int64_t *wait_ms)
{
	*wait_ms = retry_pause_ms(RETRY_PACE_PROBE, probe->tries++, jitter);
	if (probe->verdict == PROBE_RIGHT)
		probe->at = PROBE_DONE;
	else if (probe->now_ms + *wait_ms > probe->until_ms)
		failed(probe);
	else
		probe->at = PROBE_REST;
}

/* --- the flow ------------------------------------------------------------- */

static enum flow_next
ask(struct probe *probe, struct flow_step *step)
{
	bool v6 = strchr(probe->host, ':') != NULL;
	bool good =
	    buf_printf(&step->request.url, &probe->fail, "https://%s%s%s:%s",
		v6 ? "[" : "", probe->host, v6 ? "]" : "", probe->port);

	step->request.method =
	    probe->at == PROBE_RESOLVE ? HTTP_RESOLVE : HTTP_PROBE;
	step->request.max_body = MAX_CHAIN;
	if (good && probe->at == PROBE_SHAKE)
		good = buf_printf(
		    &step->request.address, &probe->fail, "%s", probe->now);
	if (good)
		return FLOW_SEND;
	probe->at = PROBE_DONE;
	return FLOW_DONE;
}

static enum flow_next
next(void *self, struct flow_step *step)
{
	struct probe *probe = self;

	probe->now_ms = step->now_ms;
	if (probe->at == PROBE_REST ||
	    (probe->at == PROBE_RESOLVE && probe->address[0] != '\0'))
		begin_try(probe);
	if (probe->at == PROBE_SHAKE && !pick(probe)) {
		end_try(probe, step->jitter, &step->wait_ms);
		return probe->at == PROBE_DONE ? FLOW_DONE : FLOW_PARK;
	}
	if (probe->at == PROBE_DONE)
		return FLOW_DONE;
	return ask(probe, step);
}

static bool
on_answer(void *self, const struct http_response *response)
{
	struct probe *probe = self;
	char text[300];
	bool right = false;

	if (probe->at == PROBE_RESOLVE) {
		probe->at = PROBE_SHAKE;
		return buf_append(&probe->addresses, buf_text(&response->body),
		    response->body.len, &probe->fail);
	}
	if (!probe->judge(probe->data, &response->body, &right, text,
		sizeof(text), &probe->fail))
		probe->at = PROBE_DONE;
	else if (!right)
		note(probe, PROBE_OTHER, text);
	probe->line++;
	return true;
}

static void
refuse(void *self, enum retry_verdict verdict,
    const struct http_response *response)
{
	struct probe *probe = self;
	char text[300];

	(void)verdict;
	if (probe->at == PROBE_RESOLVE) {
		probe->now[0] = '\0';
		probe->at = PROBE_SHAKE;
	}
	snprintf(text, sizeof(text), "is not reached: %s", response->error);
	note(probe, PROBE_UNREACHABLE, text);
	probe->line++;
}

static void
stop(void *self, bool in_flight, const struct fail *why)
{
	struct probe *probe = self;

	(void)in_flight;
	if (probe->at == PROBE_DONE)
		return;
	probe->fail = *why;
	fail_in(&probe->fail, "looking what %s:%s serves", probe->host,
	    probe->port);
	probe->at = PROBE_DONE;
}

const struct flow_ops probe_flow = {next, on_answer, refuse, stop};
