#include "pki/chain.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "pki/cert.h"
#include "pki/cert_check.h"
#include "pki/keytype.h"
#include "pki/names.h"
#include "pki/refusal.h"

/* --- the leaf ------------------------------------------------------------- */

bool
chain_fits(const struct cred *cred)
{
	for (size_t i = 0; i < cred->count; i++)
		if (choice_has_key(cred, cred->certs[i].x509))
			return true;
	return false;
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
	chain->not_before = cert_seconds(X509_get0_notBefore(leaf));
	chain->not_after = cert_seconds(X509_get0_notAfter(leaf));
	find_name(leaf, chain->name);
	return true;
}

/* --- the issuers ---------------------------------------------------------- */

static bool
check_issuer(
    const struct cred_cert *from, struct buf *warnings, struct fail *fail)
{
	bool good = cert_check(from->x509, fail);
	char subject[256];

	if (good && cert_names_are_printable(from->x509))
		return true;
	names_text(X509_get_subject_name(from->x509), subject, sizeof(subject));
	if (good)
		return buf_printf(warnings, fail,
		    "%s: certificate %u (%s) %s\n", from->file, from->number,
		    subject, CERT_MISPRINTED);
	fail_hint(fail,
	    "get another chain from the CA: the load balancer refuses this "
	    "one");
	return fail_in(
	    fail, "%s: certificate %u (%s)", from->file, from->number, subject);
}

static bool
add_issuer(const struct choice *choice, size_t place, struct chain *chain,
    struct fail *fail)
{
	const struct pool_cert *item = &choice->pool.items[place];
	X509 *x509 = item->x509;

	if (!check_issuer(item->from, &chain->warnings, fail))
		return false;
	if (X509_up_ref(x509) != 1)
		return ossl_failed(fail, "certificate");
	chain->issuers[chain->issuer_count++] = x509;
	return true;
}

static bool
take_path(const struct choice *choice, struct chain *chain, struct fail *fail)
{
	const struct path *path = choice->proof.path;

	for (size_t i = 0; i < path->length; i++)
		if (!add_issuer(choice, path->issuers[i], chain, fail))
			return false;
	return !choice_keeps_root(choice) ||
	       add_issuer(choice, path->root, chain, fail);
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

/* The certificate may write out a curve that the key names. */
static bool
check_leaf(X509 *leaf, const struct leaf_rules *rules, struct fail *fail)
{
	return (rules->allow_key_type ||
		   keytype_check(X509_get0_pubkey(leaf), fail)) &&
	       leaf_check(leaf, rules, fail);
}

static bool
build(const struct cred *cred, const struct chain_rules *rules,
    struct chain *chain, struct fail *fail)
{
	CLEANUP(choice_clear) struct choice choice = {0};
	const char *file;

	/* Before anything is computed with it. */
	if (!rules->leaf.allow_key_type && !keytype_check(cred->key, fail))
		return fail_in(fail, "%s", cred->key_file);
	if (!choice_leaf(cred, rules, &choice, fail) ||
	    !take_leaf(cred, choice_cert(&choice, choice.leaf), chain, fail))
		return false;
	file = choice.pool.items[choice.leaf].from->file;
	if (!check_leaf(chain->leaf, &rules->leaf, fail))
		return fail_in(fail, "%s", file);
	if (!leaf_warnings(chain->leaf, file, &chain->warnings, fail) ||
	    !choice_path(&choice, fail))
		return false;
	chain->lacks_issuer = choice.proof.verdict == PROOF_GAP;
	if (!refusal_check(&choice, &chain->missing, &chain->warnings, fail))
		return false;
	chain->verdict = choice_verdict(&choice);
	return choice_notes(&choice, &chain->notes, fail) &&
	       choice_warnings(&choice, &chain->warnings, fail) &&
	       take_path(&choice, chain, fail) && digest(chain, fail);
}

bool
chain_build(const struct cred *cred, const struct chain_rules *rules,
    struct chain *chain, struct fail *fail)
{
	struct chain kept;

	*chain = (struct chain){0};
	if (build(cred, rules, chain, fail))
		return true;
	kept = (struct chain){
	    .missing = chain->missing, .lacks_issuer = chain->lacks_issuer};
	chain->missing = (struct buf){0};
	chain_clear(chain);
	*chain = kept;
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
