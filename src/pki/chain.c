#include "pki/chain.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "pki/keytype.h"
#include "pki/names.h"
#include "pki/path.h"

/* The pool: each certificate once. */
struct pool {
	X509 **items;
	const struct cred_cert **from;
	size_t count;
	size_t leaf; /* its place */
};

static void
pool_clear(struct pool *pool)
{
	mem_free(pool->items);
	mem_free(pool->from);
}

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
collect(const struct cred *cred, struct pool *pool, struct chain *chain,
    struct fail *fail)
{
	pool->items = mem_calloc(cred->count + 1, sizeof(*pool->items));
	pool->from = mem_calloc(cred->count + 1, sizeof(*pool->from));
	if (pool->items == NULL || pool->from == NULL)
		return fail_memory(fail);
	for (size_t i = 0; i < cred->count; i++) {
		const struct cred_cert *cert = &cred->certs[i];
		bool known = false;

		for (size_t j = 0; j < pool->count && !known; j++)
			known = X509_cmp(pool->items[j], cert->x509) == 0;
		if (known && !note(&chain->notes, cert, "is there twice", fail))
			return false;
		if (known)
			continue;
		pool->from[pool->count] = cert;
		pool->items[pool->count++] = cert->x509;
	}
	return true;
}

/* --- the leaf ------------------------------------------------------------- */

static bool
belongs(const struct cred *cred, X509 *x509)
{
	EVP_PKEY *key = X509_get0_pubkey(x509);

	return key != NULL && EVP_PKEY_eq(key, cred->key) == 1;
}

bool
chain_fits(const struct cred *cred)
{
	for (size_t i = 0; i < cred->count; i++)
		if (belongs(cred, cred->certs[i].x509))
			return true;
	return false;
}

static int
leaf_score(X509 *x509, int64_t now)
{
	return 2 * (X509_check_ca(x509) == 0) + path_is_valid(x509, now);
}

/* Of several certificates of one key (an old version kept in the file) the
 * first that is not a CA and valid now. */
static bool
find_leaf(
    const struct cred *cred, struct pool *pool, int64_t now, struct fail *fail)
{
	bool found = false;

	for (size_t i = 0; i < pool->count; i++) {
		X509 *x509 = pool->items[i];

		if (!belongs(cred, x509))
			continue;
		if (!found || leaf_score(x509, now) >
				  leaf_score(pool->items[pool->leaf], now))
			pool->leaf = i;
		found = true;
	}
	if (found)
		return true;
	fail_set(fail, FAIL_INPUT,
	    "%s: does not belong to the certificate in %s", cred->key_file,
	    cred->cert_file);
	return fail_hint(fail,
	    "give the key the certificate was requested with; a renewal may "
	    "be under way");
}

/* A name for the lineage of versions: '*' written out, lower case. */
static void
find_name(X509 *leaf, char name[256])
{
	char found[256];
	const char *rest = found;

	leaf_name(leaf, found, sizeof(found));
	if (*rest == '*')
		rest++;
	snprintf(name, 256, "%s%.240s", rest == found ? "" : "wildcard", rest);
	for (char *c = name; *c != '\0'; c++)
		*c = (char)tolower((unsigned char)*c);
}

static bool
take_leaf(
    const struct cred *cred, X509 *leaf, struct chain *chain, struct fail *fail)
{
	struct keytype type;

	if (X509_up_ref(leaf) != 1)
		return ossl_failed(fail, "certificate");
	chain->leaf = leaf;
	if (EVP_PKEY_up_ref(cred->key) != 1)
		return ossl_failed(fail, "key");
	chain->key = cred->key;
	keytype_describe(cred->key, &type);
	chain->algorithm = type.algorithm;
	chain->bits = type.bits;
	chain->not_before = path_seconds(X509_get0_notBefore(leaf));
	chain->not_after = path_seconds(X509_get0_notAfter(leaf));
	find_name(leaf, chain->name);
	return true;
}

/* --- the issuers ---------------------------------------------------------- */

/* What became of certificate `place` of the pool; NULL: it is served. */
static const char *
left_out(const struct pool *pool, size_t place, const struct path *path,
    bool keep_root)
{
	if (place == pool->leaf)
		return NULL;
	for (size_t j = 0; j < path->length; j++) {
		if (path->places[j] != place)
			continue;
		if (keep_root || !path_is_root(pool->items[place]))
			return NULL;
		return "is the root: left out, clients have it";
	}
	return "does not belong to the chain: left out";
}

static bool
add_issuer(struct chain *chain, X509 *x509, struct fail *fail)
{
	if (chain->issuer_count == CHAIN_MAX_ISSUERS)
		return fail_set(fail, FAIL_INPUT,
		    "more than %d issuers in the chain", CHAIN_MAX_ISSUERS);
	if (X509_up_ref(x509) != 1)
		return ossl_failed(fail, "certificate");
	chain->issuers[chain->issuer_count++] = x509;
	return true;
}

static bool
warn(struct chain *chain, const struct cred_cert *cert, bool is_leaf,
    struct fail *fail)
{
	const char *what = cert_warning(cert->x509, is_leaf);

	return what == NULL || note(&chain->warnings, cert, what, fail);
}

/* Take the path into the chain; say what is left out. `*rooted`: it ends in
 * a root. */
static bool
take_path(const struct pool *pool, const struct chain_rules *rules,
    struct chain *chain, bool *rooted, struct fail *fail)
{
	struct path path;

	path_find(
	    chain->leaf, pool->items, pool->count, rules->leaf.now, &path);
	*rooted = path_is_root(path.length == 0
				   ? chain->leaf
				   : pool->items[path.places[path.length - 1]]);
	for (size_t i = 0; i < pool->count; i++) {
		const char *why = left_out(pool, i, &path, rules->keep_root);

		if (why != NULL &&
		    !note(&chain->notes, pool->from[i], why, fail))
			return false;
	}
	for (size_t j = 0; j < path.length; j++) {
		size_t place = path.places[j];
		bool root = *rooted && j + 1 == path.length;

		if (root && !rules->keep_root)
			break;
		if (!add_issuer(chain, pool->items[place], fail) ||
		    (!root && !warn(chain, pool->from[place], false, fail)))
			return false;
	}
	return true;
}

/* --- completeness --------------------------------------------------------- */

static bool
is_refused(const struct proof *proof, const struct chain_rules *rules)
{
	if (rules->require_complete)
		return proof->verdict != PROOF_COMPLETE;
	return proof->verdict == PROOF_GAP && proof->url[0] != '\0' &&
	       !rules->allow_gap;
}

static bool
refuse(struct chain *chain, const struct proof *proof, const char *file,
    struct fail *fail)
{
	bool gap = proof->verdict == PROOF_GAP;

	fail_set(fail, FAIL_INPUT, "%s: the chain is %s: the issuer %s %s",
	    file, proof_word(proof->verdict), proof->issuer,
	    gap ? "is missing" : "is no trust anchor here");
	if (proof->url[0] == '\0')
		return fail_hint(
		    fail, "add it to --chain, or name its CA with --ca-bundle");
	fail_hint(fail, "add it to --chain from %s, or use --fetch-chain",
	    proof->url);
	return !gap || buf_printf(&chain->missing, fail, "%s", proof->url);
}

static bool
prove(struct chain *chain, const struct chain_rules *rules, bool rooted,
    const char *file, struct fail *fail)
{
	X509 *top = chain->issuer_count == 0
			? chain->leaf
			: chain->issuers[chain->issuer_count - 1];
	struct proof proof;

	proof_make(top, rooted, rules->trust, rules->leaf.now, &proof);
	chain->verdict = proof.verdict;
	if (is_refused(&proof, rules)) {
		(void)refuse(chain, &proof, file, fail);
		return false;
	}
	return proof.verdict != PROOF_GAP ||
	       buf_printf(&chain->warnings, fail,
		   "%s: the chain may lack the issuer %s: it is no trust "
		   "anchor "
		   "here\n",
		   file, proof.issuer);
}

/* --- the whole ------------------------------------------------------------ */

static bool
digest(struct chain *chain, struct fail *fail)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool good = context != NULL &&
		    EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1;

	for (size_t i = 0; good && i <= chain->issuer_count; i++) {
		unsigned char *der = NULL;
		int len = i2d_X509(
		    i == 0 ? chain->leaf : chain->issuers[i - 1], &der);

		good =
		    len > 0 && EVP_DigestUpdate(context, der, (size_t)len) == 1;
		OPENSSL_free(der);
	}
	good =
	    good && EVP_DigestFinal_ex(context, chain->fingerprint, NULL) == 1;
	EVP_MD_CTX_free(context);
	return good || ossl_failed(fail, "fingerprint");
}

static bool
build(const struct cred *cred, const struct chain_rules *rules,
    struct chain *chain, struct fail *fail)
{
	CLEANUP(pool_clear) struct pool pool = {0};
	const struct cred_cert *leaf;
	bool rooted;

	/* Before anything is computed with it. */
	if (!rules->leaf.allow_key_type && !keytype_check(cred->key, fail))
		return fail_in(fail, "%s", cred->key_file);
	if (!collect(cred, &pool, chain, fail) ||
	    !find_leaf(cred, &pool, rules->leaf.now, fail) ||
	    !take_leaf(cred, pool.items[pool.leaf], chain, fail))
		return false;
	leaf = pool.from[pool.leaf];
	if (!leaf_check(chain->leaf, &rules->leaf, fail))
		return fail_in(fail, "%s", leaf->file);
	return warn(chain, leaf, true, fail) &&
	       take_path(&pool, rules, chain, &rooted, fail) &&
	       digest(chain, fail) &&
	       prove(chain, rules, rooted, leaf->file, fail);
}

bool
chain_build(const struct cred *cred, const struct chain_rules *rules,
    struct chain *chain, struct fail *fail)
{
	struct buf missing;

	*chain = (struct chain){0};
	if (build(cred, rules, chain, fail))
		return true;
	missing = chain->missing;
	chain->missing = (struct buf){0};
	chain_clear(chain);
	chain->missing = missing;
	return false;
}

void
chain_drop_key(struct chain *chain)
{
	EVP_PKEY_free(chain->key);
	chain->key = NULL;
}

void
chain_drop_certs(struct chain *chain)
{
	X509_free(chain->leaf);
	chain->leaf = NULL;
	for (size_t i = 0; i < chain->issuer_count; i++)
		X509_free(chain->issuers[i]);
	chain->issuer_count = 0;
}

void
chain_clear(struct chain *chain)
{
	chain_drop_key(chain);
	chain_drop_certs(chain);
	buf_clear(&chain->notes);
	buf_clear(&chain->warnings);
	buf_clear(&chain->missing);
	*chain = (struct chain){0};
}
