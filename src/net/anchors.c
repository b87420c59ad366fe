#include "net/anchors.h"

#include <dirent.h>
#include <unistd.h>

#include "base/text.h"

/*
 * Reading the system's bundle parses every root, 200 times the work of
 * looking one up in the hashed directory. libcurl skips its bundle only when
 * CAINFO names another file: one certificate of that same directory.
 */
static bool
take_dir(struct anchors *anchors, DIR *dir, const char *name, struct fail *fail)
{
	const struct dirent *entry;

	while ((entry = readdir(dir)) != NULL)
		if (text_is_hash_name(entry->d_name))
			return buf_printf(&anchors->dir, fail, "%s", name) &&
			       (anchors->file.len > 0 ||
				   buf_printf(&anchors->file, fail, "%s/%s",
				       name, entry->d_name));
	return true;
}

bool
anchors_find(struct anchors *anchors, const char *store, const char *extra,
    struct fail *fail)
{
	DIR *dir;
	bool good;

	if (extra != NULL && access(extra, R_OK) != 0)
		return fail_set(
		    fail, FAIL_USAGE, "%s: cannot read this CA file", extra);
	if (extra != NULL && !buf_printf(&anchors->file, fail, "%s", extra))
		return false;
	if (store == NULL || (dir = opendir(store)) == NULL)
		return true;
	good = take_dir(anchors, dir, store, fail);
	closedir(dir);
	return good;
}

void
anchors_clear(struct anchors *anchors)
{
	buf_clear(&anchors->file);
	buf_clear(&anchors->dir);
}
