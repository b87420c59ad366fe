#include "app/cfg_file.h"

#include <dirent.h>
#include <errno.h>
#include <ini.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/array.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"

/* Thousands of certificates fit. */
#define MAX_FILE ((size_t)4 << 20)

#define SUFFIX ".conf"
#define BLANKS " \t\r"
#define BOM "\xef\xbb\xbf" /* some editors begin a file with it */

/* One file while it is read. */
struct reader {
	struct cfg_file *file;
	const char *path;
	unsigned line;
	unsigned header; /* the line of the last "[title]"; 0: none yet */
	bool empty;      /* no key has followed it so far */
	bool included;
	unsigned seen[CFG_KEYS_MAX]; /* the last line of each key; 0: none */
	struct fail fail;            /* no memory */
};

/* --- mistakes ------------------------------------------------------------- */

static void PRINTF_LIKE(3, 4)
    mistake(struct reader *reader, unsigned line, const char *format, ...)
{
	struct fail fail;
	char text[256];
	va_list values;

	va_start(values, format);
	text_format(text, sizeof(text), format, values);
	va_end(values);
	fail_set(&fail, FAIL_USAGE, "%s:%u: %s", reader->path, line, text);
	cfg_mistakes_add(reader->file->mistakes, &fail);
}

/* --- what is kept --------------------------------------------------------- */

/* A text that stays as long as the settings. */
struct cfg_text {
	struct cfg_text *next;
	char bytes[];
};

void
cfg_texts_free(struct cfg_text *texts)
{
	while (texts != NULL) {
		struct cfg_text *next = texts->next;

		mem_free(texts);
		texts = next;
	}
}

/* NULL without memory. */
static const char *PRINTF_LIKE(2, 3)
    keep(struct reader *reader, const char *format, ...)
{
	struct cfg_text *text;
	va_list values;
	int len;

	va_start(values, format);
	len = vsnprintf(NULL, 0, format, values);
	va_end(values);
	if ((text = mem_alloc(sizeof(*text) + (size_t)len + 1)) == NULL) {
		fail_memory(&reader->fail);
		return NULL;
	}
	va_start(values, format);
	vsnprintf(text->bytes, (size_t)len + 1, format, values);
	va_end(values);
	text->next = reader->file->texts;
	reader->file->texts = text;
	return text->bytes;
}

static void
add_section(struct reader *reader, const char *title, int len)
{
	struct cfg_file *file = reader->file;
	struct cfg_section section = {.title = keep(reader, "%.*s", len, title),
	    .file = reader->path,
	    .number = reader->line,
	    .first = file->lines.count};
	const struct cfg_section *same;

	if (section.title == NULL)
		return;
	if ((same = cfg_sections_find(&file->sections, section.title)) != NULL)
		mistake(reader, reader->line, "[%s] is there already: %s:%u",
		    section.title, same->file, same->number);
	(void)!cfg_sections_add(&file->sections, &section, &reader->fail);
}

/* A relative path belongs to the folder of the file that names it. */
static const char *
keep_value(struct reader *reader, const struct cfg_key *key, const char *value)
{
	const char *slash = strrchr(reader->path, '/');

	if (!key->file || value[0] == '/' || value[0] == '\0' || slash == NULL)
		return keep(reader, "%s", value);
	return keep(reader, "%.*s/%s", (int)(slash - reader->path),
	    reader->path, value);
}

/* In the section that has begun, or before all. */
static bool
keep_line(struct reader *reader, const struct cfg_line *line)
{
	struct cfg_file *file = reader->file;
	struct cfg_sections *sections = &file->sections;

	if (reader->header == 0)
		return cfg_lines_add(&file->common, line, &reader->fail);
	sections->items[sections->count - 1].line_count++;
	return cfg_lines_add(&file->lines, line, &reader->fail);
}

static void
add_line(struct reader *reader, const struct cfg_key *key, const char *value)
{
	struct cfg_line line = {
	    key, keep_value(reader, key, value), reader->path, reader->line};
	unsigned *seen = &reader->seen[key - cfg_keys];
	struct cfg scratch = {0};
	struct fail bad;

	if (line.value == NULL)
		return;
	/* All mistakes of all files are told in one run. */
	if (!cfg_line_set(&line, &scratch, &bad)) {
		cfg_mistakes_add(reader->file->mistakes, &bad);
		return;
	}
	if (*seen > reader->header && key->type != CFG_LIST)
		mistake(reader, reader->line, "%s is there already: %s:%u",
		    key->name, reader->path, *seen);
	if (keep_line(reader, &line))
		*seen = reader->line;
}

/* --- one file ------------------------------------------------------------- */

static void read_file(struct cfg_file *file, const char *path,
    const char *where, struct fail *fail);

/* A section without a single key is a mistake somebody made. */
static void
end_section(struct reader *reader)
{
	if (reader->empty)
		mistake(reader, reader->header, "this section is empty");
	reader->empty = false;
}

/* "[title]", not left to the parser: it would cut the title. */
static void
begin_section(struct reader *reader, const char *title)
{
	char shown[INI_MAX_LINE];
	const char *end;
	int len;

	end_section(reader);
	reader->header = reader->line;
	reader->empty = true;
	title += strspn(title, BLANKS);
	end = title + strcspn(title, "]");
	if (*end != ']' ||
	    strchr(";#", end[1 + strspn(end + 1, BLANKS)]) == NULL)
		mistake(reader, reader->line, "a title is [title] alone");
	while (end > title && strchr(BLANKS, end[-1]) != NULL)
		end--;
	len = (int)(end - title);
	text_clean(shown, sizeof(shown), title, (size_t)len);
	if (len == 0)
		mistake(reader, reader->line, "this title is empty");
	if (strlen(shown) != (size_t)len)
		mistake(reader, reader->line, "this title cannot be shown: %s",
		    shown);
	add_section(reader, title, len);
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool
is_conf(const char *name)
{
	size_t len = strlen(name);

	return name[0] != '.' && len > strlen(SUFFIX) &&
	       strcmp(name + len - strlen(SUFFIX), SUFFIX) == 0;
}

/* The files NAME.conf of a folder, by name. */
static void
include_folder(
    struct reader *reader, const char *path, const char *where, DIR *dir)
{
	CLEANUP(mem_freep) const char **names = NULL;
	size_t count = 0, cap = 0;
	const struct dirent *entry;

	while ((entry = readdir(dir)) != NULL) {
		if (!is_conf(entry->d_name))
			continue;
		if (!array_grow(&names, count, &cap, sizeof(*names))) {
			fail_memory(&reader->fail);
			return;
		}
		/* NOLINTNEXTLINE(*-core.NullDereference): it has grown */
		names[count] = keep(reader, "%s/%s", path, entry->d_name);
		if (names[count++] == NULL)
			return;
	}
	if (count > 0)
		qsort(names, count, sizeof(*names), by_name);
	for (size_t i = 0; i < count && reader->fail.code == FAIL_NONE; i++)
		read_file(reader->file, names[i], where, &reader->fail);
}

static void
include(struct reader *reader, const char *value)
{
	static const struct cfg_key path_key = {.file = true};
	const char *path = keep_value(reader, &path_key, value);
	const char *where =
	    keep(reader, "%s:%u: include", reader->path, reader->line);
	DIR *dir;

	if (path == NULL || where == NULL)
		return;
	if (reader->included || reader->header != 0)
		mistake(reader, reader->line,
		    "include belongs before the sections of the first file");
	else if (path[0] == '\0')
		mistake(reader, reader->line, "include: is empty");
	else if ((dir = opendir(path)) != NULL) {
		include_folder(reader, path, where, dir);
		closedir(dir);
	} else if (errno == ENOTDIR)
		read_file(reader->file, path, where, &reader->fail);
	else
		mistake(reader, reader->line, "include: %s: %s", path,
		    strerror(errno));
}

static void
unknown_key(struct reader *reader, const char *name)
{
	const char *nearest = cfg_key_nearest(name);

	mistake(reader, reader->line, "%s: unknown key%s%s%s", name,
	    nearest != NULL ? "; did you mean " : "",
	    nearest != NULL ? nearest : "", nearest != NULL ? "?" : "");
}

/* Called by the parser for each "name = value". */
static int
on_pair(void *data, const char *section, const char *name, const char *value)
{
	struct reader *reader = data;
	const struct cfg_key *key = cfg_key_find(name);

	(void)section;
	reader->empty = false;
	if (strcmp(name, "include") == 0)
		include(reader, value);
	else if (key == NULL)
		unknown_key(reader, name);
	else if (key->scope == CFG_CLI)
		mistake(reader, reader->line,
		    "%s: is for the command line alone", name);
	else if (reader->header == 0 && reader->included)
		mistake(reader, reader->line,
		    "%s: an included file has sections only", name);
	else if (reader->header != 0 && key->scope != CFG_CERT)
		mistake(reader, reader->line, "%s: belongs before the sections",
		    name);
	else if (key->file && strcmp(value, "-") == 0)
		mistake(reader, reader->line,
		    "%s: standard input is for the command line", name);
	else
		add_line(reader, key, value);
	return 1;
}

/* Leading blanks are left out: the parser would take such a line for more of
 * the value above. */
static void
read_line(struct reader *reader, const char *line, int len)
{
	char text[INI_MAX_LINE];
	int blanks = (int)strspn(line, BLANKS);

	reader->line++;
	if (blanks >= len)
		return;
	if (len - blanks > INI_MAX_LINE - 2) {
		mistake(reader, reader->line, "longer than %d bytes",
		    INI_MAX_LINE - 2);
		return;
	}
	snprintf(text, sizeof(text), "%.*s", len - blanks, line + blanks);
	if (text[0] == '[')
		begin_section(reader, text + 1);
	else if (ini_parse_string(text, on_pair, reader) != 0)
		mistake(
		    reader, reader->line, "is neither [title] nor key = value");
}

/* `where` names what includes it; NULL: it is the first file. */
static void
read_file(struct cfg_file *file, const char *path, const char *where,
    struct fail *fail)
{
	CLEANUP(buf_clear) struct buf text = {.max = MAX_FILE};
	struct reader reader = {
	    .file = file, .path = path, .included = where != NULL};
	struct fail unread;
	const char *rest, *line;
	int len;

	if (!file_read(path, &text, NULL, &unread)) {
		unread.code = FAIL_USAGE;
		if (where != NULL)
			fail_in(&unread, "%s", where);
		cfg_mistakes_add(file->mistakes, &unread);
		return;
	}
	if (memchr(buf_text(&text), '\0', text.len) != NULL) {
		mistake(&reader, 1, "is no text file");
		return;
	}
	rest = buf_text(&text);
	if (strncmp(rest, BOM, strlen(BOM)) == 0)
		rest += strlen(BOM);
	while (reader.fail.code == FAIL_NONE && text_line(&rest, &line, &len))
		read_line(&reader, line, len);
	end_section(&reader);
	if (reader.fail.code != FAIL_NONE)
		*fail = reader.fail;
}

bool
cfg_file_read(struct cfg_file *file, const char *path, struct fail *fail)
{
	*fail = (struct fail){0};
	read_file(file, path, NULL, fail);
	return fail->code == FAIL_NONE;
}

void
cfg_file_clear(struct cfg_file *file)
{
	cfg_lines_clear(&file->common);
	cfg_lines_clear(&file->lines);
	cfg_sections_clear(&file->sections);
}

struct cfg_lines
cfg_file_lines(const struct cfg_file *file, const struct cfg_section *section)
{
	return (struct cfg_lines){.items = file->lines.items + section->first,
	    .count = section->line_count};
}
