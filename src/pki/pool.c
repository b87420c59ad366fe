#include "pki/pool.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* One that was read twice counts where it was read first. */
static int
by_hash(const void *a, const void *b)
{
	const struct pool_cert *one = a, *other = b;
	int order = memcmp(one->hash, other->hash, POOL_HASH_SIZE);

	if (order != 0)
		return order;
	return one->from < other->from ? -1 : one->from > other->from;
}

static bool
add_all(const struct cred *cred, struct pool *pool, struct fail *fail)
{
	for (size_t i = 0; i < cred->count; i++) {
		struct pool_cert *item = &pool->items[i];

		item->from = &cred->certs[i];
		item->x509 = cred->certs[i].x509;
		if (X509_digest(item->x509, EVP_sha256(), item->hash, NULL) !=
		    1)
			return ossl_failed(fail, "fingerprint");
	}
	return true;
}

/* Keep the first of equal neighbours. */
static void
drop_copies(const struct cred *cred, struct pool *pool)
{
	for (size_t i = 0; i < cred->count; i++) {
		struct pool_cert item = pool->items[i];

		if (i == 0 ||
		    memcmp(item.hash, pool->items[pool->count - 1].hash,
			POOL_HASH_SIZE) != 0)
			pool->items[pool->count++] = item;
		pool->places[item.from - cred->certs] = pool->count - 1;
	}
}

bool
pool_fill(const struct cred *cred, struct pool *pool, struct fail *fail)
{
	*pool = (struct pool){0};
	pool->items = mem_calloc(cred->count + 1, sizeof(*pool->items));
	pool->places = mem_calloc(cred->count + 1, sizeof(*pool->places));
	if (pool->items == NULL || pool->places == NULL)
		return fail_memory(fail);
	if (!add_all(cred, pool, fail))
		return false;
	qsort(pool->items, cred->count, sizeof(*pool->items), by_hash);
	drop_copies(cred, pool);
	return true;
}

void
pool_clear(struct pool *pool)
{
	mem_free(pool->items);
	mem_free(pool->places);
	*pool = (struct pool){0};
}
