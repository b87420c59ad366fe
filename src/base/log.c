#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

#define LINE_SIZE 1024

static struct {
	enum log_level level;
	bool shown;             /* may there be a status line? */
	char status[LINE_SIZE]; /* what stands there now */
} state;

void
log_set_level(enum log_level level)
{
	state.level = level;
}

void
log_set_status(bool shown)
{
	state.shown = shown;
}

static void
put(const char *text)
{
	size_t left = strlen(text);

	while (left > 0) {
		ssize_t n = write(STDERR_FILENO, text, left);

		/* Nobody to tell that nobody listens. */
		if (n <= 0)
			return;
		text += n;
		left -= (size_t)n;
	}
}

/* `text` is safe to show. */
static void
write_line(const char *prefix, const char *text)
{
	char line[2 * LINE_SIZE + 64];

	snprintf(line, sizeof(line), "%s%s%s\n%s",
	    state.status[0] != '\0' ? "\r\033[K" : "", prefix, text,
	    state.status);
	put(line);
}

void
log_line(enum log_level level, const char *format, ...)
{
	char text[LINE_SIZE];
	va_list values;

	if (level > state.level)
		return;
	va_start(values, format);
	text_format(text, sizeof(text), format, values);
	va_end(values);
	write_line("certupload: ", text);
}

void
log_fail(const struct fail *fail)
{
	write_line("certupload: ", fail->text);
	if (fail->hint[0] != '\0')
		write_line("  ", fail->hint);
}

void
log_status(const char *format, ...)
{
	char line[LINE_SIZE + 16];
	va_list values;

	if (!state.shown)
		return;
	va_start(values, format);
	text_format(state.status, sizeof(state.status), format, values);
	va_end(values);
	snprintf(line, sizeof(line), "\r\033[K%s", state.status);
	put(line);
}
