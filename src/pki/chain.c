#include "pki/chain.h"

#include <ctype.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "pki/keytype.h"
#include "pki/path.h"

/* A path with its root. */
#define MAX_PATH (CHAIN_MAX_ISSUERS + 1)

/* The pool: each certificate once. */
struct pool {
	X509 **items;
	const struct cred_cert **from;
	size_t count;
};

static void
pool_clear(struct pool *pool)
{
	mem_free(pool->items);
	mem_free(pool->from);
}

static bool
note(struct chain *chain, struct fail *fail, const struct cred_cert *cert,
    const char *what)
{
	char subject[256];
	X509_NAME *name = X509_get_subject_name(cert->x509);
	CLEANUP(ossl_bio_free) BIO *bio = BIO_new(BIO_s_mem());
	char *text = NULL;
	long len = 0;

	if (bio == NULL)
		return fail_memory(fail);
	if (X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253) >= 0)
		len = BIO_get_mem_data(bio, &text);
	text_clean(
	    subject, sizeof(subject), text == NULL ? "" : text, (size_t)len);
	return buf_printf(&chain->notes, fail, "%s: certificate %u (%s) %s\n",
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
		if (known && !note(chain, fail, cert, "is there twice"))
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
is_ca(X509 *x509)
{
	return X509_check_ca(x509) != 0;
}

static int
leaf_score(X509 *x509, int64_t now)
{
	int64_t begin = path_seconds(X509_get0_notBefore(x509));
	int64_t end = path_seconds(X509_get0_notAfter(x509));

	return 2 * !is_ca(x509) + (begin <= now && now <= end);
}

static bool
no_leaf(const struct cred *cred, struct fail *fail)
{
	fail_set(fail, FAIL_INPUT,
	    "%s: does not belong to the certificate in %s", cred->key_file,
	    cred->cert_file);
	return fail_hint(fail,
	    "give the key the certificate was requested with; a renewal may "
	    "be under way");
}

/* Of several certificates of one key (an old version kept in the file) the
 * first that is not a CA and valid now. */
static bool
find_leaf(const struct cred *cred, const struct pool *pool, int64_t now,
    size_t *place, struct fail *fail)
{
	bool found = false;

	for (size_t i = 0; i < pool->count; i++) {
		X509 *x509 = pool->items[i];
		EVP_PKEY *key = X509_get0_pubkey(x509);

		if (key == NULL || EVP_PKEY_eq(key, cred->key) != 1)
			continue;
		if (!found || leaf_score(x509, now) >
				  leaf_score(pool->items[*place], now))
			*place = i;
		found = true;
	}
	return found || no_leaf(cred, fail);
}

static bool
check_dates(const struct chain *chain, int64_t now, struct fail *fail)
{
	char when[CLOCK_ISO_SIZE];

	if (chain->not_before == INT64_MIN || chain->not_after == INT64_MIN)
		return fail_set(fail, FAIL_INPUT, "its dates cannot be read");
	if (now > chain->not_after) {
		clock_iso(chain->not_after, when);
		fail_set(fail, FAIL_INPUT, "expired on %s UTC", when);
		return fail_hint(fail, "renew it; nothing was sent");
	}
	if (now < chain->not_before) {
		clock_iso(chain->not_before, when);
		fail_set(fail, FAIL_INPUT, "is not valid before %s UTC", when);
		return fail_hint(fail, "wait, or check this host's clock");
	}
	return true;
}

static bool
check_leaf(const struct cred_cert *cert, const struct chain *chain,
    const struct chain_rules *rules, struct fail *fail)
{
	bool good;

	/* A self-signed server certificate is often marked as a CA: what it
	 * identifies decides then. */
	if (is_ca(cert->x509) && !path_is_root(cert->x509)) {
		fail_set(fail, FAIL_INPUT, "is a CA certificate");
		good = fail_hint(fail,
		    "--key and --cert are those of the server, --chain of its "
		    "CAs");
	} else if (is_ca(cert->x509) && chain->name[0] == '\0') {
		good = fail_set(
		    fail, FAIL_INPUT, "is a CA certificate without a name");
	} else if (is_ca(cert->x509) && X509_check_purpose(cert->x509,
					    X509_PURPOSE_SSL_SERVER, 0) != 1) {
		good = fail_set(fail, FAIL_INPUT,
		    "is a CA certificate, not one of a server");
	} else {
		good = check_dates(chain, rules->now, fail);
	}
	return good || fail_in(fail, "%s", cert->file);
}

/* --- names ---------------------------------------------------------------- */

static bool
first_dns_name(X509 *x509, char *name, size_t size)
{
	CLEANUP(ossl_names_free)
	GENERAL_NAMES *names =
	    X509_get_ext_d2i(x509, NID_subject_alt_name, NULL, NULL);

	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *item = sk_GENERAL_NAME_value(names, i);
		const ASN1_STRING *text = item->d.ia5;

		if (item->type != GEN_DNS)
			continue;
		snprintf(name, size, "%.*s", ASN1_STRING_length(text),
		    (const char *)ASN1_STRING_get0_data(text));
		return true;
	}
	return false;
}

static void
find_name(X509 *x509, char name[256])
{
	char found[256] = "";
	const char *rest = found;

	if (!first_dns_name(x509, found, sizeof(found)) &&
	    X509_NAME_get_text_by_NID(X509_get_subject_name(x509),
		NID_commonName, found, sizeof(found)) < 0)
		found[0] = '\0';
	if (*rest == '*')
		rest++;
	snprintf(name, 256, "%s%.240s", rest == found ? "" : "wildcard", rest);
	for (char *c = name; *c != '\0'; c++)
		*c = (char)tolower((unsigned char)*c);
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

/* Take the path into the chain; say what is left out. */
static bool
take_path(const struct pool *pool, size_t leaf, const size_t *path,
    size_t length, struct chain *chain, struct fail *fail)
{
	for (size_t i = 0; i < pool->count; i++) {
		bool used = i == leaf;
		const char *why = "does not belong to the chain: left out";

		for (size_t j = 0; j < length; j++) {
			if (path[j] != i)
				continue;
			used = !path_is_root(pool->items[i]);
			why = "is the root: left out, clients have it";
		}
		if (!used && !note(chain, fail, pool->from[i], why))
			return false;
	}
	for (size_t j = 0; j < length; j++) {
		X509 *x509 = pool->items[path[j]];

		if (path_is_root(x509))
			continue;
		if (chain->issuer_count == CHAIN_MAX_ISSUERS)
			return fail_set(fail, FAIL_INPUT,
			    "more than %d issuers in the chain",
			    CHAIN_MAX_ISSUERS);
		if (X509_up_ref(x509) != 1)
			return ossl_failed(fail, "certificate");
		chain->issuers[chain->issuer_count++] = x509;
	}
	return true;
}

static void
take_leaf(const struct cred *cred, X509 *leaf, struct chain *chain)
{
	struct keytype type;

	X509_up_ref(leaf);
	EVP_PKEY_up_ref(cred->key);
	chain->leaf = leaf;
	chain->key = cred->key;
	keytype_describe(cred->key, &type);
	chain->algorithm = type.algorithm;
	chain->bits = type.bits;
	chain->not_before = path_seconds(X509_get0_notBefore(leaf));
	chain->not_after = path_seconds(X509_get0_notAfter(leaf));
	find_name(leaf, chain->name);
}

static bool
build(const struct cred *cred, const struct chain_rules *rules,
    struct chain *chain, struct fail *fail)
{
	CLEANUP(pool_clear) struct pool pool = {0};
	size_t leaf = 0, path[MAX_PATH], length;

	/* Before anything is computed with it. */
	if (!rules->allow_key_type && !keytype_check(cred->key, fail))
		return fail_in(fail, "%s", cred->key_file);
	if (!collect(cred, &pool, chain, fail) ||
	    !find_leaf(cred, &pool, rules->now, &leaf, fail))
		return false;
	take_leaf(cred, pool.items[leaf], chain);
	if (!check_leaf(pool.from[leaf], chain, rules, fail))
		return false;
	length = path_find(
	    chain->leaf, pool.items, pool.count, rules->now, path, MAX_PATH);
	return take_path(&pool, leaf, path, length, chain, fail) &&
	       digest(chain, fail);
}

bool
chain_build(const struct cred *cred, const struct chain_rules *rules,
    struct chain *chain, struct fail *fail)
{
	*chain = (struct chain){0};
	if (build(cred, rules, chain, fail))
		return true;
	chain_clear(chain);
	return false;
}

void
chain_drop_key(struct chain *chain)
{
	EVP_PKEY_free(chain->key);
	chain->key = NULL;
}

void
chain_clear(struct chain *chain)
{
	chain_drop_key(chain);
	X509_free(chain->leaf);
	for (size_t i = 0; i < chain->issuer_count; i++)
		X509_free(chain->issuers[i]);
	buf_clear(&chain->notes);
	*chain = (struct chain){0};
}
