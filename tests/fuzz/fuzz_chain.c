/* The chain engine. The input is certificates in DER, one behind the other:
 * the first has the key; those behind an empty SEQUENCE (30 00) are trusted. */
#include <openssl/pem.h>
#include <string.h>

#include "base/array.h"
#include "fuzz.h"
#include "pki/cert.h"
#include "pki/chain.h"

/* In 2030: most certificates of the corpus are valid. */
#define NOW 1900000000

/* --- input ---------------------------------------------------------------- */

struct input {
	struct cred cred;
	STACK_OF(X509) * anchors;
};

static void
input_clear(struct input *input)
{
	cred_clear(&input->cred);
	ossl_certs_free(&input->anchors);
}

static void
add(struct input *input, X509 *x509, bool is_anchor)
{
	struct cred *cred = &input->cred;

	if (is_anchor) {
		must(sk_X509_push(input->anchors, x509) > 0);
		return;
	}
	must(array_grow(
	    &cred->certs, cred->count, &cred->cap, sizeof(*cred->certs)));
	cred->certs[cred->count] =
	    (struct cred_cert){x509, "f", (unsigned)cred->count + 1};
	cred->count++;
}

static void
read_input(struct input *input, const uint8_t *data, size_t size)
{
	const unsigned char *at = data, *end = data + size;
	bool is_anchor = false;
	X509 *x509;

	must((input->anchors = sk_X509_new_null()) != NULL);
	while (at < end) {
		if (!is_anchor && end - at >= 2 &&
		    memcmp(at, "\x30\0", 2) == 0) {
			is_anchor = true;
			at += 2;
			continue;
		}
		if ((x509 = d2i_X509(NULL, &at, end - at)) == NULL)
			break;
		add(input, x509, is_anchor);
	}
}

/* NULL if there are none. */
static struct trust *
open_trust(STACK_OF(X509) * anchors)
{
	CLEANUP(ossl_bio_free) BIO *bio = BIO_new(BIO_s_mem());
	struct trust *trust = NULL;
	struct fail fail = {0};
	char *text;
	long len;

	for (int i = 0; i < sk_X509_num(anchors); i++)
		must(PEM_write_bio_X509(bio, sk_X509_value(anchors, i)) == 1);
	if ((len = BIO_get_mem_data(bio, &text)) <= 0)
		return NULL;
	trust = trust_open(memfile(text, (size_t)len), &fail);
	must(trust != NULL || fail.code == FAIL_INPUT);
	return trust;
}

/* --- what is promised of every chain ---------------------------------------
 */

static bool
is_sent(const struct chain *chain, X509 *x509)
{
	for (size_t i = 0; i < chain->issuer_count; i++)
		if (X509_cmp(chain->issuers[i], x509) == 0)
			return true;
	return X509_cmp(chain->leaf, x509) == 0;
}

/* What a client with this store says, and whether it needed more of the store
 * than the anchor. */
enum verdict { REFUSED, ACCEPTED, BORROWED };

static enum verdict
verify(const struct chain *chain, X509_STORE *store, unsigned long flags)
{
	X509_STORE_CTX *context = X509_STORE_CTX_new();
	CLEANUP(ossl_stack_free) STACK_OF(X509) *sent = sk_X509_new_null();
	X509_VERIFY_PARAM *param;
	STACK_OF(X509) * path;
	enum verdict verdict;

	for (size_t i = 0; i < chain->issuer_count; i++)
		must(sk_X509_push(sent, chain->issuers[i]) > 0);
	must(X509_STORE_CTX_init(context, store, chain->leaf, sent) == 1);
	must(X509_STORE_CTX_set_purpose(context, X509_PURPOSE_SSL_SERVER) == 1);
	param = X509_STORE_CTX_get0_param(context);
	X509_VERIFY_PARAM_clear_flags(param, X509_V_FLAG_TRUSTED_FIRST);
	X509_VERIFY_PARAM_set_flags(param, flags);
	X509_VERIFY_PARAM_set_time(param, NOW);
	X509_VERIFY_PARAM_set_auth_level(param, 2);
	verdict = X509_verify_cert(context) == 1 ? ACCEPTED : REFUSED;
	path = X509_STORE_CTX_get0_chain(context);
	for (int i = 0; i + 1 < sk_X509_num(path); i++)
		if (verdict == ACCEPTED &&
		    !is_sent(chain, sk_X509_value(path, i)))
			verdict = BORROWED;
	X509_STORE_CTX_free(context);
	return verdict;
}

/* Where no root is found, any certificate of the store is an anchor. */
static void
judge_complete(const struct chain *chain, STACK_OF(X509) * anchors)
{
	static const unsigned long usual = X509_V_FLAG_TRUSTED_FIRST;
	X509_STORE *store = X509_STORE_new();
	enum verdict verdict;

	for (int i = 0; i < sk_X509_num(anchors); i++)
		must(
		    X509_STORE_add_cert(store, sk_X509_value(anchors, i)) == 1);
	verdict = verify(chain, store, usual);
	if (verdict == BORROWED)
		verdict = verify(chain, store, 0);
	if (verdict == REFUSED)
		verdict =
		    verify(chain, store, usual | X509_V_FLAG_PARTIAL_CHAIN);
	must(verdict == ACCEPTED);
	X509_STORE_free(store);
}

static void
judge_certificates(const struct chain *chain, bool keep_root)
{
	for (size_t i = 0; i <= chain->issuer_count; i++) {
		X509 *x509 = i == 0 ? chain->leaf : chain->issuers[i - 1];
		struct chain_info info = {0};
		struct fail fail;

		must(cert_is_valid(x509, NOW));
		must(chain_describe(chain, i, &info, &fail));
		chain_info_clear(&info);
		if (i == chain->issuer_count)
			break;
		must(cert_signed_by(x509, chain->issuers[i]) == CERT_SIGNED);
		must(keep_root || !cert_is_root(chain->issuers[i]));
		for (size_t j = 0; j < i; j++)
			must(X509_cmp(chain->issuers[i], chain->issuers[j]) !=
			     0);
		must(X509_cmp(chain->leaf, chain->issuers[i]) != 0);
	}
}

static void
build(const struct input *input, struct trust *trust, bool is_strict)
{
	struct chain_rules rules = {.leaf.now = NOW,
	    .trust = trust,
	    .keep_root = is_strict,
	    .require_complete = is_strict};
	CLEANUP(chain_clear) struct chain chain = {0};
	struct fail fail = {0};

	if (!chain_build(&input->cred, &rules, &chain, &fail)) {
		must(fail.code == FAIL_INPUT && fail.text[0] != '\0');
		return;
	}
	judge_certificates(&chain, rules.keep_root);
	if (chain.verdict == PROOF_COMPLETE)
		judge_complete(&chain, input->anchors);
	else
		must(!is_strict);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(input_clear) struct input input = {0};
	CLEANUP(trust_close) struct trust *trust = NULL;
	struct cred *cred = &input.cred;

	read_input(&input, data, size);
	if (cred->count == 0)
		return 0;
	cred->key_file = cred->cert_file = "f";
	cred->key = X509_get_pubkey(cred->certs[0].x509);
	if (cred->key == NULL)
		return 0;
	trust = open_trust(input.anchors);
	build(&input, trust, false);
	build(&input, trust, true);
	return 0;
}
