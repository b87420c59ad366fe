#include "pki/choice.h"

#include "pki/cert.h"
#include "pki/names.h"

X509 *
choice_cert(const struct choice *choice, size_t place)
{
	return choice->pool.items[place].x509;
}

bool
choice_has_key(const struct cred *cred, const X509 *x509)
{
	EVP_PKEY *key = X509_get0_pubkey(x509);

	return key != NULL && EVP_PKEY_eq(key, cred->key) == 1;
}

/* A date that cannot be read is below all others. */
static int
order(const ASN1_TIME *a, const ASN1_TIME *b)
{
	int64_t one = cert_seconds(a), other = cert_seconds(b);

	return (one > other) - (one < other);
}

/* What speaks for the first of two certificates of the key, or with a negative
 * number for the second; the weightiest come first. */
static bool
is_better_leaf(X509 *a, X509 *b, const struct leaf_rules *rules)
{
	const int reasons[] = {
	    (X509_check_ca(a) == 0) - (X509_check_ca(b) == 0),
	    cert_is_valid(a, rules->now) - cert_is_valid(b, rules->now),
	    leaf_covers(a, rules->names, rules->name_count) -
		leaf_covers(b, rules->names, rules->name_count),
	    order(X509_get0_notBefore(a), X509_get0_notBefore(b)),
	    order(X509_get0_notAfter(a), X509_get0_notAfter(b)),
	};

	for (size_t i = 0; i < COUNTOF(reasons); i++)
		if (reasons[i] != 0)
			return reasons[i] > 0;
	return false;
}

static bool
find_leaf(struct choice *choice)
{
	bool found = false;

	for (size_t i = 0; i < choice->pool.count; i++) {
		X509 *x509 = choice_cert(choice, i);

		if (!choice_has_key(choice->cred, x509) ||
		    (found &&
			!is_better_leaf(x509, choice_cert(choice, choice->leaf),
			    &choice->rules->leaf)))
			continue;
		choice->leaf = i;
		found = true;
	}
	return found;
}

bool
choice_leaf(const struct cred *cred, const struct chain_rules *rules,
    struct choice *choice, struct fail *fail)
{
	*choice = (struct choice){.cred = cred, .rules = rules};
	if (!pool_fill(cred, &choice->pool, fail))
		return false;
	if (find_leaf(choice))
		return true;
	fail_set(fail, FAIL_INPUT,
	    "%s: does not belong to the certificate in %s", cred->key_file,
	    cred->cert_file);
	return fail_hint(fail,
	    "give the key the certificate was requested with; a renewal may "
	    "be under way");
}

static struct proof_rules
proof_rules_of(const struct choice *choice)
{
	return (struct proof_rules){.trust = choice->rules->trust,
	    .now = choice->rules->leaf.now,
	    .allow_expired = choice->rules->leaf.allow_expired,
	    .allow_weak_key = choice->rules->leaf.allow_key_type};
}

bool
choice_path(struct choice *choice, struct fail *fail)
{
	struct proof_rules rules = proof_rules_of(choice);

	if (!paths_find(&choice->pool, choice->leaf, &choice->paths, fail))
		return false;
	paths_sort(&choice->paths, choice->rules->leaf.now,
	    choice->rules->leaf.min_days);
	return proof_choose(&choice->pool, choice->leaf, &choice->paths, &rules,
	    &choice->proof, fail);
}

enum proof_verdict
choice_verdict(const struct choice *choice)
{
	return choice->rules->trust == NULL ? PROOF_OFF : choice->proof.verdict;
}

void
choice_clear(struct choice *choice)
{
	pool_clear(&choice->pool);
	paths_clear(&choice->paths);
}

bool
choice_keeps_root(const struct choice *choice)
{
	size_t root = choice->proof.path->root;

	return choice->rules->keep_root && root != PATH_NONE &&
	       root != choice->leaf &&
	       cert_is_valid(
		   choice_cert(choice, root), choice->rules->leaf.now);
}

/* --- notes ---------------------------------------------------------------- */

static bool
note(struct buf *lines, const struct cred_cert *cert, const char *what,
    struct fail *fail)
{
	char subject[256];

	names_text(X509_get_subject_name(cert->x509), subject, sizeof(subject));
	return buf_printf(lines, fail, "%s: certificate %u (%s) %s\n",
	    cert->file, cert->number, subject, what);
}

static bool
is_on_path(const struct path *path, size_t place)
{
	for (size_t i = 0; i < path->length; i++)
		if (path->issuers[i] == place)
			return true;
	return false;
}

static bool
is_on_any_path(const struct choice *choice, size_t place)
{
	for (size_t i = 0; i < choice->paths.count; i++)
		if (is_on_path(&choice->paths.items[i], place) ||
		    choice->paths.items[i].root == place)
			return true;
	return false;
}

/* What became of certificate `place` of the pool; NULL: it is sent. */
static const char *
left_out(const struct choice *choice, size_t place)
{
	const struct path *path = choice->proof.path;
	X509 *x509 = choice_cert(choice, place);

	if (place == choice->leaf || is_on_path(path, place) ||
	    (place == path->root && choice_keeps_root(choice)))
		return NULL;
	if (choice_has_key(choice->cred, x509))
		return "has the same key as the one sent: left out";
	if (!is_on_any_path(choice, place))
		return "does not belong to the chain: left out";
	if (choice->rules->leaf.now > cert_seconds(X509_get0_notAfter(x509)))
		return "has expired: left out";
	if (choice->rules->leaf.now < cert_seconds(X509_get0_notBefore(x509)))
		return "is not valid yet: left out";
	if (place == path->root)
		return "is the root: left out, clients have it";
	return "belongs to another chain: left out";
}

bool
choice_notes(const struct choice *choice, struct buf *lines, struct fail *fail)
{
	for (size_t i = 0; i < choice->cred->count; i++) {
		const struct cred_cert *cert = &choice->cred->certs[i];
		size_t place = choice->pool.places[i];
		bool is_first = choice->pool.items[place].from == cert;
		const char *why =
		    is_first ? left_out(choice, place) : "is there twice";

		if (why != NULL && !note(lines, cert, why, fail))
			return false;
	}
	return true;
}

/* --- warnings ------------------------------------------------------------- */

/* An older version in the files is usual; a second one that is valid may be the
 * one that was meant. */
static bool
warn_of_leaves(
    const struct choice *choice, struct buf *lines, struct fail *fail)
{
	const struct pool_cert *sent = &choice->pool.items[choice->leaf];

	for (size_t i = 0; i < choice->pool.count; i++) {
		const struct pool_cert *item = &choice->pool.items[i];

		if (i == choice->leaf || X509_check_ca(item->x509) != 0 ||
		    !choice_has_key(choice->cred, item->x509) ||
		    !cert_is_valid(item->x509, choice->rules->leaf.now))
			continue;
		if (!buf_printf(lines, fail,
			"%s: certificate %u is valid and has the same key as "
			"the one sent, certificate %u of %s\n",
			item->from->file, item->from->number,
			sent->from->number, sent->from->file))
			return false;
	}
	return true;
}

/* Errors that a strict client reports of one chain. */
#define MOST_STRICT 8

static bool
warn_of_strict(
    const struct choice *choice, struct buf *lines, struct fail *fail)
{
	struct proof_rules rules = proof_rules_of(choice);
	struct verify_error errors[MOST_STRICT];
	size_t count;

	if (!proof_strict(&choice->pool, choice->leaf, &choice->proof, &rules,
		errors, MOST_STRICT, &count, fail))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!buf_printf(lines, fail,
			"strict clients, such as Python, refuse the chain: "
			"%s: %s\n",
			errors[i].subject, verify_reason(&errors[i])))
			return false;
	return true;
}

bool
choice_warnings(
    const struct choice *choice, struct buf *lines, struct fail *fail)
{
	return warn_of_leaves(choice, lines, fail) &&
	       warn_of_strict(choice, lines, fail);
}
