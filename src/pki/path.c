#include "pki/path.h"

#include <openssl/err.h>
#include <time.h>

/* Signatures checked in one search: more issuers of one name and key
 * identifier than this are an attack, not a chain. */
#define MAX_SIGNATURES 200

struct search {
	X509 *const *pool;
	size_t count;
	int64_t now;
	unsigned signatures;
	struct path trail, best;
	int best_score;
};

int64_t
path_seconds(const ASN1_TIME *time)
{
	struct tm tm;

	if (ASN1_TIME_to_tm(time, &tm) != 1)
		return INT64_MIN;
	return timegm(&tm);
}

static bool
is_signed_by(X509 *x509, X509 *issuer)
{
	EVP_PKEY *key = X509_get0_pubkey(issuer);
	bool good = key != NULL && X509_verify(x509, key) == 1;

	ERR_clear_error();
	return good;
}

bool
path_is_issued(X509 *x509, X509 *issuer)
{
	return X509_check_issued(issuer, x509) == X509_V_OK &&
	       is_signed_by(x509, issuer);
}

bool
path_is_root(X509 *x509)
{
	return path_is_issued(x509, x509);
}

bool
path_is_valid(const X509 *x509, int64_t now)
{
	return path_seconds(X509_get0_notBefore(x509)) <= now &&
	       now <= path_seconds(X509_get0_notAfter(x509));
}

/* Higher is better. */
static int
score(const struct search *search, bool rooted)
{
	const struct path *trail = &search->trail;
	int expired = 0;

	for (size_t i = 0; i < trail->length; i++)
		expired +=
		    !path_is_valid(search->pool[trail->places[i]], search->now);
	return (rooted ? 100000 : 0) - 1000 * expired +
	       (rooted ? -1 : 1) * (int)trail->length;
}

static void
keep_if_better(struct search *search, bool rooted)
{
	int now = score(search, rooted);

	if (search->best.length > 0 && now <= search->best_score)
		return;
	search->best = search->trail;
	search->best_score = now;
}

/* A loop of issuers must end, and two copies of one add nothing. */
static bool
is_on_trail(const struct search *search, size_t place)
{
	const struct path *trail = &search->trail;
	X509 *x509 = search->pool[place];

	for (size_t i = 0; i < trail->length; i++) {
		X509 *other = search->pool[trail->places[i]];

		if (X509_cmp(other, x509) == 0 ||
		    (X509_NAME_cmp(X509_get_subject_name(other),
			 X509_get_subject_name(x509)) == 0 &&
			EVP_PKEY_eq(X509_get0_pubkey(other),
			    X509_get0_pubkey(x509)) == 1))
			return true;
	}
	return false;
}

/* Recursion is as deep as the path, at most PATH_MOST. */
static void
climb(struct search *search, X509 *x509)
{
	struct path *trail = &search->trail;

	for (size_t i = 0; i < search->count; i++) {
		X509 *issuer = search->pool[i];

		if (trail->length == PATH_MOST ||
		    search->signatures >= MAX_SIGNATURES)
			return;
		if (X509_check_issued(issuer, x509) != X509_V_OK ||
		    is_on_trail(search, i))
			continue;
		search->signatures++;
		if (!is_signed_by(x509, issuer))
			continue;
		trail->places[trail->length++] = i;
		if (path_is_root(issuer)) {
			keep_if_better(search, true);
		} else {
			keep_if_better(search, false);
			climb(search, issuer);
		}
		trail->length--;
	}
}

void
path_find(
    X509 *leaf, X509 *const *pool, size_t count, int64_t now, struct path *path)
{
	struct search search = {.pool = pool, .count = count, .now = now};

	if (!path_is_root(leaf))
		climb(&search, leaf);
	*path = search.best;
}
