#include "pki/pem.h"

#include <stdio.h>
#include <string.h>

#define BEGIN "-----BEGIN "
#define END "-----END "
#define DASHES "-----"

/* The most that OpenSSL takes in a line of an encrypted key. */
#define COLUMNS 64

/* So many characters of base64 are no word of a comment. */
#define NO_WORD 40

static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			     "abcdefghijklmnopqrstuvwxyz"
			     "0123456789+/=";

static struct pem_line
behind(const struct pem_line *line, size_t len)
{
	return (struct pem_line){line->text + len, line->len - len};
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct pem_line
trimmed(struct pem_line line)
{
	while (line.len > 0 && is_blank(line.text[line.len - 1]))
		line.len--;
	while (line.len > 0 && is_blank(*line.text))
		line = behind(&line, 1);
	return line;
}

/* What is left of a line, or the next one, without its end (CRLF, LF or CR)
 * and outer blanks. Each byte is looked at once: a file may be one line. */
static bool
next_line(struct pem_reader *reader, struct pem_line *line)
{
	const char *start = reader->text + reader->at;
	size_t left = reader->len - reader->at, len = 0;

	*line = trimmed(reader->rest);
	reader->rest = (struct pem_line){0};
	if (line->len > 0)
		return true;
	if (left == 0)
		return false;
	while (len < left && start[len] != '\n' && start[len] != '\r')
		len++;
	reader->at += len + (len < left);
	if (len + 1 < left && memcmp(start + len, "\r\n", 2) == 0)
		reader->at++;
	reader->line++;
	*line = trimmed((struct pem_line){start, len});
	return true;
}

/* "-----BEGIN X-----" begins the line: copy X. `*rest` is what follows; lines
 * get joined, and the whole block may be on one. */
static bool
boundary(const struct pem_line *line, const char *word,
    char label[PEM_LABEL_SIZE], struct pem_line *rest)
{
	size_t n = strlen(word), d = strlen(DASHES), len = 0;
	struct pem_line from;

	if (line->len < n || memcmp(line->text, word, n) != 0)
		return false;
	from = behind(line, n);
	while (len + d <= from.len && memcmp(from.text + len, DASHES, d) != 0)
		if (++len == PEM_LABEL_SIZE)
			return false;
	if (len + d > from.len)
		return false;
	snprintf(label, PEM_LABEL_SIZE, "%.*s", (int)len, from.text);
	*rest = behind(&from, len + d);
	return true;
}

bool
pem_has_block(const char *text, size_t len)
{
	return memmem(text, len, BEGIN, strlen(BEGIN)) != NULL;
}

/* --- the body ------------------------------------------------------------- */

static bool
damaged(const struct pem_block *block, const char *how, struct fail *fail)
{
	fail_set(fail, FAIL_INPUT, "line %zu: the block %s %s", block->line,
	    block->label, how);
	return fail_hint(fail, "get the file again from where it came from");
}

/* As JSON and environment variables have it. */
static bool
has_escapes(const struct pem_line *line)
{
	return memmem(line->text, line->len, "\\n", 2) != NULL;
}

static bool
escaped(size_t line, struct fail *fail)
{
	fail_set(fail, FAIL_INPUT,
	    "line %zu: has the characters \\n where lines should end", line);
	return fail_hint(fail, "convert it: printf '%%b' \"$(cat FILE)\" >NEW");
}

/* Base64 and RFC 1421 header lines are printable ASCII. */
static bool
is_printable(const struct pem_line *line)
{
	for (size_t i = 0; i < line->len; i++)
		if (line->text[i] < 0x20 || line->text[i] > 0x7e)
			return false;
	return true;
}

/* How far the lines of a block are. */
struct body {
	bool in_headers; /* RFC 1421 section 4.6 */
	size_t column;
};

/* Wrap base64 anew, without blanks. */
static bool
append_base64(struct pem_block *block, struct body *body, struct pem_line data,
    struct fail *fail)
{
	size_t len;

	for (; data.len > 0; data = behind(&data, len)) {
		len = 1;
		if (*data.text == ' ')
			continue;
		while (len < data.len && len < COLUMNS - body->column &&
		       data.text[len] != ' ')
			len++;
		body->column = (body->column + len) % COLUMNS;
		if (!buf_append(&block->text, data.text, len, fail) ||
		    (body->column == 0 &&
			!buf_append(&block->text, "\n", 1, fail)))
			return false;
	}
	return true;
}

static bool
append_line(struct pem_block *block, struct body *body,
    const struct pem_line *line, struct fail *fail)
{
	bool header = memchr(line->text, ':', line->len) != NULL;

	if (!header && !(body->in_headers && line->len == 0))
		return append_base64(block, body, *line, fail);
	body->in_headers = header;
	return buf_printf(
	    &block->text, fail, "%.*s\n", (int)line->len, line->text);
}

/* The line with END: `line` from there on. */
static bool
finish(struct pem_reader *reader, struct pem_block *block,
    const struct body *body, const struct pem_line *line, struct fail *fail)
{
	struct pem_line rest;
	char label[PEM_LABEL_SIZE];

	if (!boundary(line, END, label, &rest))
		return damaged(block, "has no end", fail);
	if (strcmp(label, block->label) != 0)
		return damaged(block, "ends as another", fail);
	reader->rest = rest;
	return buf_printf(&block->text, fail, "%s" END "%s" DASHES "\n",
	    body->column == 0 ? "" : "\n", label);
}

/* The lines after BEGIN, up to and with END. */
static bool
read_body(struct pem_reader *reader, struct pem_block *block, struct fail *fail)
{
	struct body body = {0};
	struct pem_line line, rest;
	char label[PEM_LABEL_SIZE];

	while (next_line(reader, &line)) {
		const char *end = memmem(line.text, line.len, END, strlen(END));
		struct pem_line data = line;

		if (boundary(&line, BEGIN, label, &rest))
			break;
		if (end != NULL)
			data.len = (size_t)(end - line.text);
		if (!is_printable(&data))
			return damaged(block, "holds a control byte", fail);
		if (has_escapes(&data))
			return escaped(reader->line, fail);
		if (!append_line(block, &body, &data, fail))
			return false;
		rest = behind(&line, data.len);
		if (end != NULL)
			return finish(reader, block, &body, &rest, fail);
	}
	return damaged(block, "has no end", fail);
}

/* --- between blocks ------------------------------------------------------- */

static bool
is_one_of(const char *characters, char c)
{
	return c != '\0' && strchr(characters, c) != NULL;
}

/* Do the contents of a block begin here, rather than more of a comment? */
static bool
is_body(const struct pem_reader *reader, const char *text)
{
	size_t left = (size_t)(reader->text + reader->len - text), i = 0;

	while (left > 0 && is_one_of(" \t\r\n", *text))
		text++, left--;
	while (i < left && i < NO_WORD && is_one_of(base64, text[i]))
		i++;
	return i == NO_WORD;
}

/* Text, but no line that was to begin a block: one with fewer dashes, or with
 * other text before it, must not be passed over. */
static bool
check_text(const struct pem_reader *reader, const struct pem_line *line,
    struct fail *fail)
{
	const char *begin = memmem(line->text, line->len, "-BEGIN ", 7);
	char label[PEM_LABEL_SIZE];
	struct pem_line rest;
	size_t dashes = 0;

	if (begin == NULL)
		return true;
	while (line->text[dashes] == '-')
		dashes++;
	if (begin + 1 == line->text + dashes)
		return fail_set(fail, FAIL_INPUT,
		    "line %zu: a damaged BEGIN line", reader->line);
	rest = behind(line, (size_t)(begin - line->text));
	if (!boundary(&rest, "-BEGIN ", label, &rest))
		return true;
	if (rest.len > 0 && *rest.text == '\\')
		return escaped(reader->line, fail);
	if (!is_body(reader, rest.text))
		return true;
	fail_set(fail, FAIL_INPUT, "line %zu: other text before BEGIN %s",
	    reader->line, label);
	return fail_hint(fail, "begin the line with -----BEGIN");
}

bool
pem_next(struct pem_reader *reader, struct pem_block *block, bool *end,
    struct fail *fail)
{
	struct pem_line line, rest;
	char label[PEM_LABEL_SIZE];

	*end = false;
	while (next_line(reader, &line)) {
		/* A byte order mark may come after other text. */
		if (line.len >= 3 && memcmp(line.text, "\xef\xbb\xbf", 3) == 0)
			line = behind(&line, 3);
		if (boundary(&line, END, label, &rest))
			return fail_set(fail, FAIL_INPUT,
			    "line %zu: END %s without its BEGIN", reader->line,
			    label);
		if (boundary(&line, BEGIN, block->label, &rest)) {
			block->line = reader->line;
			reader->rest = rest;
			return buf_printf(&block->text, fail,
				   BEGIN "%s" DASHES "\n", block->label) &&
			       read_body(reader, block, fail);
		}
		if (!check_text(reader, &line, fail))
			return false;
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
