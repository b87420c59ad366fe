#include "app/cfg_file.h"

#include <dirent.h>
#include <errno.h>
#include <ini.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"

/* Thousands of certificates fit. */
#define MAX_FILE ((size_t)4 << 20)

#define SUFFIX ".conf"

/* One file while it is read. */
struct reader {
	struct cfg_file *file;
	const char *path;
	const char *rest; /* what is still to be read */
	unsigned line;    /* number of the last one given to the parser */
	unsigned header;  /* the line of the last "[title]"; 0: none yet */
	unsigned section; /* the header that was last seen in use */
	bool included;
	struct fail fail; /* no memory */
};

/* --- mistakes ------------------------------------------------------------- */

static void
say(const struct fail *mistake)
{
	log_line(LOG_ERROR, "%s", mistake->text);
	if (mistake->hint[0] != '\0')
		log_plain(LOG_ERROR, "  %s", mistake->hint);
}

void
cfg_file_mistake(struct cfg_file *file, const struct fail *mistake)
{
	if (file->mistakes++ == 0) {
		file->first = *mistake;
		return;
	}
	if (file->mistakes == 2)
		say(&file->first);
	say(mistake);
}

bool
cfg_file_is_good(const struct cfg_file *file, struct fail *fail)
{
	if (file->mistakes == 0)
		return true;
	if (file->mistakes == 1) {
		*fail = file->first;
		return false;
	}
	fail_set(fail, FAIL_USAGE, "%u mistakes in the configuration",
	    file->mistakes);
	return fail_hint(fail, "nothing was sent");
}

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
	cfg_file_mistake(reader->file, &fail);
}

/* --- what is kept --------------------------------------------------------- */

/* Room for one more of `size` bytes in a growing list. */
static bool
grow(void *items, size_t count, size_t *cap, size_t size, struct fail *fail)
{
	size_t wanted = *cap == 0 ? 16 : *cap * 2;
	void *more, **list = items;

	if (count < *cap)
		return true;
	if ((more = mem_realloc(*list, wanted * size)) == NULL)
		return fail_memory(fail);
	*list = more;
	*cap = wanted;
	return true;
}

/* A text that stays as long as the settings; NULL without memory. */
static const char *PRINTF_LIKE(2, 3)
    keep(struct reader *reader, const char *format, ...)
{
	struct cfg_all *all = reader->file->all;
	char *text = NULL;
	va_list values;
	int len;

	va_start(values, format);
	len = vsnprintf(NULL, 0, format, values);
	va_end(values);
	if (grow(&all->texts, all->text_count, &all->text_cap,
		sizeof(*all->texts), &reader->fail) &&
	    (text = mem_alloc((size_t)len + 1)) != NULL) {
		va_start(values, format);
		vsnprintf(text, (size_t)len + 1, format, values);
		va_end(values);
		all->texts[all->text_count++] = text;
	} else {
		fail_memory(&reader->fail);
	}
	return text;
}

static void
add_section(struct reader *reader, const char *title)
{
	struct cfg_file *file = reader->file;
	struct cfg_section section = {keep(reader, "%s", title),
	    keep(reader, "%s:%u", reader->path, reader->header)};

	reader->section = reader->header;
	for (size_t i = 0; i < file->section_count; i++)
		if (strcmp(file->sections[i].title, title) == 0)
			mistake(reader, reader->header,
			    "[%s] is there already: %s", title,
			    file->sections[i].where);
	if (reader->fail.code == FAIL_NONE &&
	    grow(&file->sections, file->section_count, &file->section_cap,
		sizeof(section), &reader->fail))
		file->sections[file->section_count++] = section;
}

/* A relative path belongs to the folder of the file that names it. */
static const char *
keep_value(struct reader *reader, const struct cfg_key *key, const char *value)
{
	const char *slash = strrchr(reader->path, '/');

	if (key == NULL || !key->file || value[0] == '/' || value[0] == '\0' ||
	    slash == NULL)
		return keep(reader, "%s", value);
	return keep(reader, "%.*s/%s", (int)(slash - reader->path),
	    reader->path, value);
}

static void
add_line(struct reader *reader, const struct cfg_key *key, const char *value)
{
	struct cfg_file *file = reader->file;
	struct cfg_line line = {key,
	    keep(reader, "%s:%u: %s", reader->path, reader->line, key->name),
	    keep_value(reader, key, value),
	    reader->header == 0 ? 0 : file->section_count};

	for (size_t i = file->line_count; i-- > 0;) {
		if (file->lines[i].section != line.section)
			break;
		if (file->lines[i].key == key && key->type != CFG_LIST)
			mistake(reader, reader->line, "%s is there already: %s",
			    key->name, file->lines[i].where);
	}
	if (reader->fail.code == FAIL_NONE &&
	    grow(&file->lines, file->line_count, &file->line_cap, sizeof(line),
		&reader->fail))
		file->lines[file->line_count++] = line;
}

/* --- one file ------------------------------------------------------------- */

static void read_file(
    struct cfg_file *file, const char *path, bool included, struct fail *fail);

/* A section without a single key is a mistake somebody made. */
static void
end_section(struct reader *reader)
{
	if (reader->header != reader->section)
		mistake(reader, reader->header, "this section is empty");
	reader->section = reader->header;
}

/*
 * As fgets, for the parser. Leading blanks are left out: it would take such
 * a line for more of the value above.
 */
static char *
give_line(char *to, int size, void *data)
{
	struct reader *reader = data;
	const char *line;
	int len;

	if (reader->fail.code != FAIL_NONE ||
	    !text_line(&reader->rest, &line, &len))
		return NULL;
	reader->line++;
	while (len > 0 && (*line == ' ' || *line == '\t'))
		line++, len--;
	if (len > size - 2) {
		mistake(reader, reader->line, "longer than %d bytes", size - 2);
		len = 0;
	}
	if (len > 0 && *line == '[') {
		end_section(reader);
		reader->header = reader->line;
	}
	snprintf(to, (size_t)size, "%.*s\n", len, line);
	return to;
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
include_folder(struct reader *reader, const char *path, DIR *dir)
{
	CLEANUP(mem_freep) const char **names = NULL;
	size_t count = 0, cap = 0;
	const struct dirent *entry;

	while ((entry = readdir(dir)) != NULL) {
		if (!is_conf(entry->d_name))
			continue;
		if (!grow(&names, count, &cap, sizeof(*names), &reader->fail))
			return;
		names[count] = keep(reader, "%s/%s", path, entry->d_name);
		if (names[count++] == NULL)
			return;
	}
	if (count > 0)
		qsort(names, count, sizeof(*names), by_name);
	for (size_t i = 0; i < count && reader->fail.code == FAIL_NONE; i++)
		read_file(reader->file, names[i], true, &reader->fail);
}

static void
include(struct reader *reader, const char *value)
{
	static const struct cfg_key path_key = {.file = true};
	const char *path = keep_value(reader, &path_key, value);
	DIR *dir;

	if (reader->included || reader->header != 0) {
		mistake(reader, reader->line,
		    "include belongs before the sections of the first file");
		return;
	}
	if (path == NULL)
		return;
	if ((dir = opendir(path)) == NULL) {
		read_file(reader->file, path, true, &reader->fail);
		return;
	}
	include_folder(reader, path, dir);
	closedir(dir);
}

static void
unknown_key(struct reader *reader, const char *name)
{
	const char *nearest = cfg_key_nearest(name);
	bool known = nearest != NULL && strcmp(nearest, name) != 0;

	mistake(reader, reader->line, "%s: unknown key%s%s%s", name,
	    known ? "; did you mean " : "", known ? nearest : "",
	    known ? "?" : "");
}

/* Called by the parser for each "name = value". */
static int
on_pair(void *data, const char *section, const char *name, const char *value)
{
	struct reader *reader = data;
	const struct cfg_key *key = cfg_key_find(name);

	if (reader->header != reader->section)
		add_section(reader, section);
	if (strcmp(name, "include") == 0)
		include(reader, value);
	else if (key == NULL || key->scope == CFG_CLI)
		unknown_key(reader, name);
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

static void
read_file(
    struct cfg_file *file, const char *path, bool included, struct fail *fail)
{
	CLEANUP(buf_clear) struct buf text = {.max = MAX_FILE};
	struct reader reader = {
	    .file = file, .path = path, .included = included};
	struct fail unread;
	int bad;

	if (!file_read(path, &text, NULL, &unread)) {
		unread.code = FAIL_USAGE;
		cfg_file_mistake(file, &unread);
		return;
	}
	if (memchr(buf_text(&text), '\0', text.len) != NULL) {
		mistake(&reader, 1, "is no text file");
		return;
	}
	reader.rest = buf_text(&text);
	bad = ini_parse_stream(give_line, &reader, on_pair, &reader);
	if (bad > 0)
		mistake(&reader, (unsigned)bad,
		    "is neither [title] nor key = "
		    "value");
	end_section(&reader);
	if (reader.fail.code != FAIL_NONE)
		*fail = reader.fail;
}

bool
cfg_file_read(struct cfg_file *file, const char *path, struct fail *fail)
{
	*fail = (struct fail){0};
	read_file(file, path, false, fail);
	return fail->code == FAIL_NONE;
}

void
cfg_file_clear(struct cfg_file *file)
{
	mem_free(file->lines);
	mem_free(file->sections);
}
