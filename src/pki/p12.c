#include "pki/p12.h"

/* PKCS12_create's "no encryption" and "no MAC here". */
#define NONE (-1)

/* 0: the library's default, which is the command's. */
static const struct style {
	int key_pbe, cert_pbe;
	const EVP_MD *(*mac)(void);
} styles[] = {
    [P12_MODERN] = {0, 0, EVP_sha256},
    [P12_LEGACY] = {NID_pbe_WithSHA1And3_Key_TripleDES_CBC,
	NID_pbe_WithSHA1And3_Key_TripleDES_CBC, EVP_sha1},
    [P12_UNENCRYPTED] = {NONE, NONE, EVP_sha256},
};

static STACK_OF(X509) * issuers_of(const struct chain *chain)
{
	STACK_OF(X509) *stack = sk_X509_new_null();

	for (size_t i = 0; stack != NULL && i < chain->issuer_count; i++) {
		if (sk_X509_push(stack, chain->issuers[i]) == 0) {
			sk_X509_free(stack);
			return NULL;
		}
	}
	return stack;
}

bool
p12_encode(const struct chain *chain, enum p12_style style, int iterations,
    struct buf *der, struct fail *fail)
{
	const struct style *s = &styles[style];
	CLEANUP(ossl_stack_free) STACK_OF(X509) *issuers = issuers_of(chain);
	CLEANUP(ossl_p12_free) PKCS12 *p12 = NULL;
	unsigned char *at;
	int len;

	if (issuers == NULL)
		return fail_memory(fail);
	/* "" and NULL are different passwords; GnuTLS and others read the
	 * first alone. */
	p12 = PKCS12_create("", NULL, chain->key, chain->leaf, issuers,
	    s->key_pbe, s->cert_pbe, iterations, NONE, 0);
	if (p12 == NULL ||
	    PKCS12_set_mac(p12, "", -1, NULL, 0, iterations, s->mac()) != 1 ||
	    (len = i2d_PKCS12(p12, NULL)) <= 0)
		return ossl_failed(fail, "PKCS#12");
	if (!buf_reserve(der, (size_t)len, fail))
		return false;
	at = der->data;
	der->len = (size_t)i2d_PKCS12(p12, &at);
	return true;
}

static bool
differs(struct fail *fail, const char *what)
{
	fail_set(fail, FAIL_INTERNAL,
	    "the finished bundle, read back, has another %s", what);
	return fail_hint(fail, "nothing was sent; this is a bug");
}

bool
p12_verify(const struct chain *chain, const struct buf *der, struct fail *fail)
{
	const unsigned char *at = der->data;
	CLEANUP(ossl_p12_free)
	PKCS12 *p12 = d2i_PKCS12(NULL, &at, (long)der->len);
	CLEANUP(ossl_key_free) EVP_PKEY *key = NULL;
	CLEANUP(ossl_cert_free) X509 *leaf = NULL;
	CLEANUP(ossl_certs_free) STACK_OF(X509) *issuers = NULL;

	if (p12 == NULL || PKCS12_parse(p12, "", &key, &leaf, &issuers) != 1)
		return ossl_failed(fail, "reading the finished bundle");
	if (key == NULL || EVP_PKEY_eq(key, chain->key) != 1)
		return differs(fail, "key");
	if (leaf == NULL || X509_cmp(leaf, chain->leaf) != 0)
		return differs(fail, "certificate");
	if ((size_t)(issuers == NULL ? 0 : sk_X509_num(issuers)) !=
	    chain->issuer_count)
		return differs(fail, "number of issuers");
	for (size_t i = 0; i < chain->issuer_count; i++)
		if (X509_cmp(
			sk_X509_value(issuers, (int)i), chain->issuers[i]) != 0)
			return differs(fail, "order of issuers");
	return true;
}

static bool
check_mac(const struct buf *der, struct fail *fail)
{
	const unsigned char *at = der->data;
	CLEANUP(ossl_p12_free)
	PKCS12 *p12 = d2i_PKCS12(NULL, &at, (long)der->len);

	return (p12 != NULL && PKCS12_verify_mac(p12, "", 0) == 1) ||
	       ossl_failed(fail, "reading the finished bundle");
}

static bool
make(const struct chain *chain, enum p12_style style, int iterations,
    struct buf *der, struct fail *fail)
{
	CLEANUP(buf_clear) struct buf rehearsal = {0};

	if (!p12_encode(chain, style, P12_REHEARSAL, &rehearsal, fail) ||
	    !p12_verify(chain, &rehearsal, fail))
		return false;
	if (iterations != P12_REHEARSAL)
		return p12_encode(chain, style, iterations, der, fail) &&
		       check_mac(der, fail);
	*der = rehearsal;
	rehearsal = (struct buf){0};
	return true;
}

bool
p12_make(const struct chain *chain, enum p12_style style, int iterations,
    struct buf *der, struct fail *fail)
{
	bool good = make(chain, style, iterations, der, fail);

	return ossl_had_memory(fail) && good;
}
