#include "pki/path.h"

#include <openssl/core_names.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/mem.h"
#include "pki/cert.h"
#include "pki/names.h"

/* CAs that all signed each other have more paths than anybody needs. */
#define MOST_PATHS 1000

/* What is known of a certificate of the pool. */
struct node {
	struct edge {
		size_t issuer; /* its place */
		unsigned work;
	} * edges;
	size_t count, cap;
	bool is_searched; /* edges are known */
	bool has_forger;
	size_t forger; /* as of struct path */
	enum { UNKNOWN, SELF_SIGNED, NOT_SELF_SIGNED } self;
};

struct search {
	const struct pool *pool;
	size_t leaf;
	struct node *nodes; /* as the pool's items */
	struct path trail;
	struct paths *paths;
	struct fail *fail;
};

/* --- work ----------------------------------------------------------------- */

/* Squarings of as many bits as the key has: RSA does one for each bit of its
 * exponent. */
static unsigned
rsa_work(const EVP_PKEY *key)
{
	unsigned size = (unsigned)EVP_PKEY_get_bits(key) / 1024;
	unsigned squarings = 17;
	BIGNUM *exponent = NULL;

	if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &exponent) == 1)
		squarings = (unsigned)BN_num_bits(exponent);
	BN_free(exponent);
	return 1 + size * size * squarings / 68;
}

/* Measured: P-256 costs 3 units, P-384 30, and DSA grows as RSA. */
static unsigned
work_of(X509 *x509, X509 *issuer)
{
	const EVP_PKEY *key = X509_get0_pubkey(issuer);
	unsigned hashing = (unsigned)i2d_X509(x509, NULL) / 8192;
	unsigned size;

	if (key == NULL)
		return 1;
	if (EVP_PKEY_is_a(key, "RSA") || EVP_PKEY_is_a(key, "RSA-PSS"))
		return hashing + rsa_work(key);
	size = (unsigned)EVP_PKEY_get_bits(key);
	return hashing + (size <= 256 ? 4 : 40 + size * size / 25000);
}

static bool
doubt(struct paths *paths, const char *what)
{
	if (paths->doubt.code != FAIL_NONE)
		return false;
	fail_set(&paths->doubt, FAIL_INPUT, "%s", what);
	return fail_hint(&paths->doubt,
	    "leave in the files only the certificates of this chain");
}

static bool
spend(struct paths *paths, unsigned work)
{
	if (paths->work + work > PATH_WORK_MOST)
		return doubt(paths,
		    "the certificates have too many possible issuers to try "
		    "them all");
	paths->work += work;
	return true;
}

bool
paths_spend(struct paths *paths, const struct path *path)
{
	return spend(paths, path->work);
}

/* --- who issued whom ------------------------------------------------------ */

static X509 *
cert_at(const struct search *search, size_t place)
{
	return search->pool->items[place].x509;
}

/* A certificate that cannot be judged may be the one that is needed. */
static void
doubt_about(struct search *search, size_t place, const char *reason)
{
	const struct cred_cert *from = search->pool->items[place].from;
	char subject[256];

	if (search->paths->doubt.code != FAIL_NONE)
		return;
	names_text(X509_get_subject_name(from->x509), subject, sizeof(subject));
	fail_set(&search->paths->doubt, FAIL_INPUT,
	    "%s: certificate %u (%s) cannot be checked: %s", from->file,
	    from->number, subject, reason);
}

static bool
may_have_issued(struct search *search, size_t place, size_t issuer)
{
	bool malformed = false;
	bool good = cert_may_be_issued(
	    cert_at(search, place), cert_at(search, issuer), &malformed);

	if (malformed)
		doubt_about(search, issuer, "an extension is malformed");
	return good;
}

static bool
has_signed(struct search *search, size_t place, size_t issuer, unsigned work)
{
	enum cert_signed is_signed;

	if (!spend(search->paths, work))
		return false;
	is_signed =
	    cert_signed_by(cert_at(search, place), cert_at(search, issuer));
	if (is_signed == CERT_UNCHECKED)
		doubt_about(search, place, ossl_reason());
	/* Names alone may be those of a CA that changed its key. */
	if (is_signed == CERT_NOT_SIGNED && place != issuer &&
	    X509_get0_authority_key_id(cert_at(search, place)) != NULL &&
	    X509_get0_subject_key_id(cert_at(search, issuer)) != NULL) {
		search->nodes[place].has_forger = true;
		search->nodes[place].forger = issuer;
	}
	return is_signed == CERT_SIGNED;
}

static bool
is_self_signed(struct search *search, size_t place)
{
	struct node *node = &search->nodes[place];
	X509 *x509 = cert_at(search, place);

	if (node->self == UNKNOWN)
		node->self = may_have_issued(search, place, place) &&
				     has_signed(search, place, place,
					 work_of(x509, x509))
				 ? SELF_SIGNED
				 : NOT_SELF_SIGNED;
	return node->self == SELF_SIGNED;
}

/* Cross-signed CAs are many certificates of one key: one check is enough. */
static const struct edge *
edge_to_same_ca(const struct search *search, size_t place, size_t issuer)
{
	const struct node *node = &search->nodes[place];

	for (size_t i = 0; i < node->count; i++)
		if (cert_is_same_ca(cert_at(search, node->edges[i].issuer),
			cert_at(search, issuer)))
			return &node->edges[i];
	return NULL;
}

/* Did it issue `place`? `edge` is what is known then. */
static bool
is_issuer(struct search *search, size_t place, size_t issuer, struct edge *edge)
{
	const struct edge *known;

	if (issuer == place || !may_have_issued(search, place, issuer))
		return false;
	known = edge_to_same_ca(search, place, issuer);
	*edge = (struct edge){issuer,
	    known != NULL
		? known->work
		: work_of(cert_at(search, place), cert_at(search, issuer))};
	return known != NULL || has_signed(search, place, issuer, edge->work);
}

static bool
find_issuers(struct search *search, size_t place)
{
	struct node *node = &search->nodes[place];

	for (size_t i = 0; !node->is_searched && i < search->pool->count; i++) {
		struct edge edge;

		if (!is_issuer(search, place, i, &edge))
			continue;
		if (!array_grow(&node->edges, node->count, &node->cap,
			sizeof(*node->edges)))
			return fail_memory(search->fail);
		node->edges[node->count++] = edge;
	}
	node->is_searched = true;
	return true;
}

/* --- the paths ------------------------------------------------------------ */

/* A loop of issuers must end, and two certificates of one CA add nothing. */
static bool
is_on_trail(const struct search *search, size_t place)
{
	const struct path *trail = &search->trail;
	X509 *x509 = cert_at(search, place);

	for (size_t i = 0; i < trail->length; i++)
		if (cert_is_same_ca(cert_at(search, trail->issuers[i]), x509))
			return true;
	return place == search->leaf;
}

static int64_t
later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t
earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static void
push(struct search *search, const struct edge *edge)
{
	struct path *trail = &search->trail;
	const X509 *x509 = cert_at(search, edge->issuer);

	trail->issuers[trail->length++] = edge->issuer;
	trail->work += edge->work;
	trail->not_before =
	    later(trail->not_before, cert_seconds(X509_get0_notBefore(x509)));
	trail->not_after =
	    earlier(trail->not_after, cert_seconds(X509_get0_notAfter(x509)));
}

/* Of several the one that is valid longest. */
static bool
is_better_root(const struct search *search, size_t place, size_t than)
{
	return than == PATH_NONE ||
	       cert_seconds(X509_get0_notAfter(cert_at(search, place))) >
		   cert_seconds(X509_get0_notAfter(cert_at(search, than)));
}

/* How the trail, whose topmost certificate is `place`, may continue. */
static void
look_up(struct search *search, size_t place)
{
	const struct node *node = &search->nodes[place];
	struct path *trail = &search->trail;

	trail->root = PATH_NONE;
	trail->forger = node->has_forger ? node->forger : PATH_NONE;
	trail->continues = false;
	for (size_t i = 0; i < node->count; i++) {
		size_t issuer = node->edges[i].issuer;

		if (is_on_trail(search, issuer))
			continue;
		if (!is_self_signed(search, issuer))
			trail->continues = true;
		else if (is_better_root(search, issuer, trail->root))
			trail->root = issuer;
	}
}

static bool
add_path(struct search *search)
{
	struct paths *paths = search->paths;

	if (!array_grow(
		&paths->items, paths->count, &paths->cap, sizeof(struct path)))
		return fail_memory(search->fail);
	paths->items[paths->count++] = search->trail;
	return true;
}

/* Going on would be too much. */
static bool
stop(struct search *search)
{
	(void)doubt(search->paths,
	    search->trail.length == PATH_MOST
		? "the chain has more than 16 issuers"
		: "the certificates form more than 1,000 chains");
	return true;
}

/* Recursion is as deep as the path, at most PATH_MOST. */
static bool
climb(struct search *search, size_t place)
{
	const struct node *node = &search->nodes[place];
	struct path before;

	if (!find_issuers(search, place))
		return false;
	look_up(search, place);
	if (!add_path(search))
		return false;
	before = search->trail;
	for (size_t i = 0; before.continues && i < node->count; i++) {
		const struct edge *edge = &node->edges[i];

		if (is_on_trail(search, edge->issuer) ||
		    is_self_signed(search, edge->issuer))
			continue;
		if (before.length == PATH_MOST ||
		    search->paths->count == MOST_PATHS)
			return stop(search);
		push(search, edge);
		if (!climb(search, edge->issuer))
			return false;
		search->trail = before;
	}
	return true;
}

/* A self-signed leaf is its own root. */
static bool
find(struct search *search)
{
	if (!is_self_signed(search, search->leaf))
		return climb(search, search->leaf);
	search->trail.root = search->leaf;
	return add_path(search);
}

bool
paths_find(const struct pool *pool, size_t leaf, struct paths *paths,
    struct fail *fail)
{
	struct search search = {.pool = pool,
	    .leaf = leaf,
	    .trail = {.root = PATH_NONE,
		.forger = PATH_NONE,
		.not_before = INT64_MIN,
		.not_after = INT64_MAX},
	    .paths = paths,
	    .fail = fail};
	bool good;

	*paths = (struct paths){0};
	search.nodes = mem_calloc(pool->count, sizeof(*search.nodes));
	if (search.nodes == NULL)
		return fail_memory(fail);
	good = find(&search);
	for (size_t i = 0; i < pool->count; i++)
		mem_free(search.nodes[i].edges);
	mem_free(search.nodes);
	return good;
}

void
paths_clear(struct paths *paths)
{
	mem_free(paths->items);
	*paths = (struct paths){0};
}

/* --- preference ----------------------------------------------------------- */

/* The places of a pool are in the order of the fingerprints. */
static int
by_places(const struct path *a, const struct path *b)
{
	for (size_t i = 0; i < a->length && i < b->length; i++)
		if (a->issuers[i] != b->issuers[i])
			return a->issuers[i] < b->issuers[i] ? -1 : 1;
	return 0;
}

static int
by_preference(const void *one, const void *other)
{
	const struct path *a = one, *b = other;

	if (a->is_valid != b->is_valid)
		return a->is_valid ? -1 : 1;
	if (a->is_lasting != b->is_lasting)
		return a->is_lasting ? -1 : 1;
	if (a->length != b->length)
		return a->length > b->length ? -1 : 1;
	if (a->not_after != b->not_after)
		return a->not_after > b->not_after ? -1 : 1;
	return by_places(a, b);
}

void
paths_sort(struct paths *paths, int64_t now, int min_days)
{
	for (size_t i = 0; i < paths->count; i++) {
		struct path *path = &paths->items[i];

		path->is_valid =
		    path->not_before <= now && now <= path->not_after;
		path->is_lasting =
		    path->is_valid &&
		    path->not_after - (int64_t)min_days * CLOCK_DAY >= now;
	}
	qsort(paths->items, paths->count, sizeof(*paths->items), by_preference);
}
