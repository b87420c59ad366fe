#include "base/fail.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

bool
fail_set(struct fail *fail, enum fail_code code, const char *format, ...)
{
	va_list values;

	fail->code = code;
	fail->hint[0] = '\0';
	va_start(values, format);
	text_format(fail->text, sizeof(fail->text), format, values);
	va_end(values);
	return false;
}

bool
fail_memory(struct fail *fail)
{
	return fail_set(fail, FAIL_INTERNAL, "out of memory");
}

bool
fail_in(struct fail *fail, const char *format, ...)
{
	char where[sizeof(fail->text)], whole[2 * sizeof(fail->text) + 2];
	va_list values;

	va_start(values, format);
	text_format(where, sizeof(where), format, values);
	va_end(values);
	snprintf(whole, sizeof(whole), "%s: %s", where, fail->text);
	/* A cut end is better than a lost beginning. */
	text_clean(fail->text, sizeof(fail->text), whole, strlen(whole));
	return false;
}

bool
fail_hint(struct fail *fail, const char *format, ...)
{
	va_list values;

	va_start(values, format);
	text_format(fail->hint, sizeof(fail->hint), format, values);
	va_end(values);
	return false;
}

bool
fail_is_signal(enum fail_code code)
{
	return code == FAIL_SIGINT || code == FAIL_SIGTERM;
}

const char *
fail_name(enum fail_code code)
{
	static const struct {
		enum fail_code code;
		const char *name;
	} names[] = {
	    {FAIL_NONE, "none"},
	    {FAIL_SEVERAL, "several"},
	    {FAIL_USAGE, "usage"},
	    {FAIL_INPUT, "input"},
	    {FAIL_NETWORK, "network"},
	    {FAIL_AUTH, "auth"},
	    {FAIL_REFUSED, "refused"},
	    {FAIL_TIMEOUT, "timeout"},
	    {FAIL_UNKNOWN, "unknown-outcome"},
	    {FAIL_INTERNAL, "internal"},
	    {FAIL_UNSERVED, "unserved"},
	    {FAIL_LOCKED, "locked"},
	    {FAIL_ATTENTION, "attention"},
	    {FAIL_SIGINT, "interrupted"},
	    {FAIL_SIGTERM, "interrupted"},
	};

	for (size_t i = 0; i < COUNTOF(names); i++)
		if (names[i].code == code)
			return names[i].name;
	return "internal";
}
