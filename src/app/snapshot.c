#include "app/snapshot.h"

/* FNV-1a, 64 bits. */
static void
mix(struct snapshot *snapshot, uint64_t value)
{
	for (unsigned i = 0; i < sizeof(value); i++) {
		snapshot->hash ^= (value >> 8 * i) & 0xff;
		snapshot->hash *= 0x100000001b3;
	}
}

void
snapshot_add(struct snapshot *snapshot, const struct stat *file, int64_t now)
{
	int64_t age = now - (int64_t)file->st_mtim.tv_sec;

	if (snapshot->hash == 0)
		snapshot->hash = 0xcbf29ce484222325;
	mix(snapshot, file->st_dev);
	mix(snapshot, file->st_ino);
	mix(snapshot, (uint64_t)file->st_size);
	mix(snapshot, (uint64_t)file->st_mtim.tv_sec);
	mix(snapshot, (uint64_t)file->st_mtim.tv_nsec);
	/* The clock of a file server may be a moment ahead. */
	if (age >= -SNAPSHOT_FRESH && age <= SNAPSHOT_FRESH)
		snapshot->fresh = true;
}

bool
snapshot_is_moving(const struct snapshot *before, const struct snapshot *after)
{
	return before->fresh || after->fresh || before->hash != after->hash;
}
