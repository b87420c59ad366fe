#include "pki/pem.h"

#include <stdio.h>
#include <string.h>

#define BEGIN "-----BEGIN "
#define END "-----END "
#define DASHES "-----"

struct line {
	const char *text;
	size_t len;
};

/* The next line without its end (CRLF, LF or CR) and outer blanks. */
static bool
next_line(struct pem_reader *reader, struct line *line)
{
	const char *start = reader->text + reader->at, *end;
	size_t left = reader->len - reader->at, len;

	if (left == 0)
		return false;
	end = memchr(start, '\n', left);
	len = end == NULL ? left : (size_t)(end - start);
	reader->at += len + (end != NULL);
	reader->line++;
	while (len > 0 && strchr(" \t\r", start[len - 1]) != NULL &&
	       start[len - 1] != '\0')
		len--;
	while (len > 0 && (*start == ' ' || *start == '\t')) {
		start++;
		len--;
	}
	*line = (struct line){start, len};
	return true;
}

/* "-----BEGIN X-----": copy X. Some writers put the line after other text's
 * byte order mark. */
static bool
boundary(const struct line *line, const char *word, char label[64])
{
	const char *text = line->text;
	size_t len = line->len, n = strlen(word), d = strlen(DASHES);

	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		text += 3;
		len -= 3;
	}
	if (len < n + d || memcmp(text, word, n) != 0 ||
	    memcmp(text + len - d, DASHES, d) != 0 || len - n - d >= 64)
		return false;
	snprintf(label, 64, "%.*s", (int)(len - n - d), text + n);
	return true;
}

bool
pem_has_block(const char *text, size_t len)
{
	return memmem(text, len, BEGIN, strlen(BEGIN)) != NULL;
}

/* Base64 and RFC 1421 header lines are printable ASCII. */
static bool
is_printable(const struct line *line)
{
	for (size_t i = 0; i < line->len; i++)
		if (line->text[i] < 0x20 || line->text[i] > 0x7e)
			return false;
	return true;
}

static bool
damaged(const struct pem_block *block, const char *how, struct fail *fail)
{
	fail_set(fail, FAIL_INPUT, "line %zu: the block %s %s", block->line,
	    block->label, how);
	return fail_hint(fail, "get the file again from where it came from");
}

/* The lines after BEGIN, up to and with END. */
static bool
read_body(struct pem_reader *reader, struct pem_block *block, struct fail *fail)
{
	struct line line;
	char label[64];

	while (next_line(reader, &line)) {
		if (boundary(&line, BEGIN, label))
			break;
		if (!is_printable(&line))
			return damaged(block, "holds a control byte", fail);
		if (!buf_printf(
			&block->text, fail, "%.*s\n", (int)line.len, line.text))
			return false;
		if (!boundary(&line, END, label))
			continue;
		if (strcmp(label, block->label) == 0)
			return true;
		return damaged(block, "ends as another", fail);
	}
	return damaged(block, "has no end", fail);
}

bool
pem_next(struct pem_reader *reader, struct pem_block *block, bool *end,
    struct fail *fail)
{
	struct line line;
	char label[64];

	*end = false;
	while (next_line(reader, &line)) {
		if (boundary(&line, END, label))
			return fail_set(fail, FAIL_INPUT,
			    "line %zu: END %s without its BEGIN", reader->line,
			    label);
		if (!boundary(&line, BEGIN, block->label)) {
			/* "----BEGIN ..." and the like are blocks broken in
			 * their first line, not text between. */
			if (memmem(line.text, line.len, "-BEGIN ", 7) != NULL)
				return fail_set(fail, FAIL_INPUT,
				    "line %zu: a damaged BEGIN line",
				    reader->line);
			continue;
		}
		block->line = reader->line;
		return buf_printf(&block->text, fail, BEGIN "%s" DASHES "\n",
			   block->label) &&
		       read_body(reader, block, fail);
	}
	*end = true;
	return true;
}

void
pem_block_clear(struct pem_block *block)
{
	buf_clear(&block->text);
	*block = (struct pem_block){0};
}
