#include "deploy/versions.h"

#include <string.h>

#include "base/clock.h"

/* One version, to be compared. */
struct version {
	struct plan_version parts;
	const char *name, *created, *id;
};

/* False for what is not of the lineage. */
static bool
read_version(
    const struct secret *secret, const char *lineage, struct version *version)
{
	version->name = secret->name;
	version->created = secret->created;
	version->id = secret->id;
	return plan_name_parse(secret->name, &version->parts) &&
	       strcmp(version->parts.name, lineage) == 0;
}

/* By the end of the certificate, then by creation, then by id. */
static int
compare(const struct version *a, const struct version *b)
{
	int order = strcmp(a->parts.day, b->parts.day);

	if (order == 0)
		order = strcmp(a->created, b->created);
	return order == 0 ? strcmp(a->id, b->id) : order;
}

/* By creation, then by the end of the certificate, then by id. */
static int
compare_uploads(const struct version *a, const struct version *b)
{
	int order = strcmp(a->created, b->created);

	return order == 0 ? compare(a, b) : order;
}

bool
version_is_of(const struct secret *secret, const char *lineage)
{
	struct version version;

	return read_version(secret, lineage, &version);
}

int
version_order(const struct secret *a, const struct secret *b)
{
	struct version one = {
	    .name = a->name, .created = a->created, .id = a->id};
	struct version other = {
	    .name = b->name, .created = b->created, .id = b->id};
	int order;

	if (!plan_name_parse(a->name, &one.parts) ||
	    !plan_name_parse(b->name, &other.parts))
		return strcmp(a->name, b->name);
	order = strcmp(one.parts.name, other.parts.name);
	return order == 0 ? compare(&other, &one) : order;
}

/* Does its certificate end on that day or before? */
static bool
is_expired(const struct secret *secret, const char *today)
{
	struct plan_version parts;

	return plan_name_parse(secret->name, &parts) &&
	       strcmp(parts.day, today) <= 0;
}

/* Was it uploaded before that time? */
static bool
was_there(const struct version *version, const char *since)
{
	return version->created[0] != '\0' &&
	       strncmp(version->created, since, strlen(since)) < 0;
}

bool
versions_older(const struct secret_list *secrets, const char *name,
    const char *wanted, int64_t issued, struct id_list *older)
{
	char since[CLOCK_ISO_SIZE];
	const struct secret *there = secret_find_id(secrets, wanted);
	/* What is not there yet will be made after all others. */
	struct version ours = {.name = name,
	    .created = there == NULL ? "~" : there->created,
	    .id = wanted};

	clock_iso(issued, since);
	if (!plan_name_parse(name, &ours.parts))
		return true;
	for (size_t i = 0; i < secrets->count; i++) {
		struct version other;

		if (!read_version(
			&secrets->items[i], ours.parts.name, &other) ||
		    strcmp(other.id, wanted) == 0)
			continue;
		if ((strcmp(other.name, name) == 0 ||
			compare(&other, &ours) < 0 ||
			was_there(&other, since)) &&
		    !id_list_add(older, other.id))
			return false;
	}
	return true;
}

bool
versions_is_used(const struct referrer_list *referrers, const char *id)
{
	for (size_t i = 0; i < referrers->count; i++)
		if (references_hold(&referrers->items[i].has, id))
			return true;
	return false;
}

/* How many newer names of the lineage there are; `wanted` is newer than any of
 * `older`. */
static size_t
rank(const struct secret_list *secrets, const struct version *version,
    const struct versions_kept *kept)
{
	bool is_old = id_list_contains(kept->older, version->id);
	size_t newer = 0;

	for (size_t i = 0; i < secrets->count; i++) {
		const struct secret *secret = &secrets->items[i];
		struct version other;

		if (read_version(secret, kept->lineage, &other) &&
		    strcmp(other.name, version->name) != 0 &&
		    plan_find(secrets, secret->name) == secret &&
		    (compare(&other, version) > 0 ||
			(is_old && strcmp(other.id, kept->wanted) == 0)))
			newer++;
	}
	return newer;
}

bool
versions_surplus(const struct inventory *inventory,
    const struct versions_kept *kept, struct id_list *surplus)
{
	const struct secret_list *secrets = &inventory->secrets;

	for (size_t i = 0; i < secrets->count; i++) {
		const struct secret *secret = &secrets->items[i];
		struct version version;
		bool counts;

		if (!read_version(secret, kept->lineage, &version) ||
		    strcmp(secret->id, kept->wanted) == 0 ||
		    versions_is_used(&inventory->referrers, secret->id))
			continue;
		/* Of several of one name only one counts as a version. */
		counts = plan_find(secrets, secret->name) == secret;
		if ((!counts || rank(secrets, &version, kept) >= kept->keep) &&
		    !id_list_add(surplus, secret->id))
			return false;
	}
	return true;
}

/* Was `a` uploaded later, or is `b` none at all? */
static bool
is_later(const struct secret *a, const struct secret *b, const char *lineage)
{
	struct version one, other;

	return b == NULL || (read_version(a, lineage, &one) &&
				read_version(b, lineage, &other) &&
				compare_uploads(&one, &other) > 0);
}

/* The version in use that was uploaded last, or NULL. */
static const struct secret *
find_current(const struct inventory *inventory, const char *lineage)
{
	const struct secret *current = NULL;

	for (size_t i = 0; i < inventory->secrets.count; i++) {
		const struct secret *secret = &inventory->secrets.items[i];

		if (version_is_of(secret, lineage) &&
		    versions_is_used(&inventory->referrers, secret->id) &&
		    is_later(secret, current, lineage))
			current = secret;
	}
	return current;
}

/* The last one before `current` that can be used, or NULL. */
static const struct secret *
find_target(const struct secret_list *secrets, const char *lineage,
    const struct secret *current, const char *today)
{
	const struct secret *target = NULL;

	for (size_t i = 0; i < secrets->count; i++) {
		const struct secret *secret = &secrets->items[i];

		if (version_is_of(secret, lineage) &&
		    strcmp(secret->name, current->name) != 0 &&
		    is_later(current, secret, lineage) &&
		    !secret_is_broken(secret) && !is_expired(secret, today) &&
		    is_later(secret, target, lineage))
			target = secret;
	}
	return target;
}

bool
versions_back(const struct inventory *inventory, const char *lineage,
    const char *today, struct versions_way *way, struct fail *fail)
{
	way->current = find_current(inventory, lineage);
	if (way->current == NULL)
		return fail_set(fail, FAIL_REFUSED,
		    "no listener or pool uses a version of %s", lineage);
	way->target =
	    find_target(&inventory->secrets, lineage, way->current, today);
	if (way->target != NULL)
		return true;
	fail_set(fail, FAIL_REFUSED,
	    "%s: no older version that is still valid is there",
	    way->current->name);
	return fail_hint(fail, "upload the one you want back by its files");
}
