#include "pki/unseal.h"

#include <openssl/err.h>
#include <openssl/provider.h>
#include <string.h>

#include "pki/kdf.h"

void
unseal_clear(struct unseal *unseal)
{
	for (size_t i = 0; i < COUNTOF(unseal->providers); i++)
		if (unseal->providers[i] != NULL)
			OSSL_PROVIDER_unload(unseal->providers[i]);
	OSSL_LIB_CTX_free(unseal->legacy);
	*unseal = (struct unseal){0};
}

/* --- the passphrase ------------------------------------------------------- */

bool
unseal_ask(struct unseal *unseal, struct buf *passphrase, struct fail *fail)
{
	unseal->is_asked = true;
	return unseal->ask(unseal->data, unseal->file, passphrase, fail);
}

int
unseal_callback(char *text, int size, int writing, void *data)
{
	CLEANUP(buf_clear) struct buf passphrase = {0};
	struct unseal *unseal = data;

	(void)writing;
	if (!unseal_ask(unseal, &passphrase, &unseal->fail))
		return -1;
	if (passphrase.len > (size_t)size) {
		fail_set(&unseal->fail, FAIL_INPUT,
		    "the passphrase is longer than %d bytes", size);
		return -1;
	}
	memcpy(text, buf_text(&passphrase), passphrase.len);
	return (int)passphrase.len;
}

static bool
wrong_passphrase(const char *what, struct fail *fail)
{
	ERR_clear_error();
	fail_set(fail, FAIL_INPUT,
	    "%s: wrong passphrase, or the file is damaged", what);
	return fail_hint(fail, "check --key-passphrase-file");
}

bool
unseal_failed(const struct unseal *unseal, const char *what, struct fail *fail)
{
	if (unseal->fail.code != FAIL_NONE) {
		ERR_clear_error();
		*fail = unseal->fail;
		return false;
	}
	if (unseal->is_asked)
		return wrong_passphrase(what, fail);
	return fail_set(
	    fail, FAIL_INPUT, "%s cannot be read: %s", what, ossl_reason());
}

/* --- ciphers -------------------------------------------------------------- */

static bool
is_fetched(OSSL_LIB_CTX *context, const char *name)
{
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(context, name, NULL);
	bool good = cipher != NULL;

	EVP_CIPHER_free(cipher);
	ERR_clear_error();
	return good;
}

static bool
lacks_cipher(const char *name, const char *convert, struct fail *fail)
{
	fail_set(fail, FAIL_INPUT,
	    "it is encrypted with %s, which needs OpenSSL's legacy provider: "
	    "that is not installed",
	    name);
	return fail_hint(
	    fail, "install it, or convert the file elsewhere: %s", convert);
}

bool
unseal_has_cipher(const char *name, struct fail *fail)
{
	if (is_fetched(NULL, name))
		return true;
	fail_set(fail, FAIL_INPUT,
	    "it is encrypted with %s, which OpenSSL reads no more by itself",
	    name);
	return fail_hint(fail,
	    "convert it: openssl pkey -provider legacy -provider default "
	    "-in OLD -aes256 -out NEW");
}

/* Of PBES2 it is named, of the others it belongs to the algorithm; NULL: it is
 * unknown. */
static const char *
cipher_of(const X509_ALGOR *algorithm)
{
	int nid = OBJ_obj2nid(algorithm->algorithm), cipher = NID_undef;
	PBE2PARAM *params;

	if (nid != NID_pbes2)
		return EVP_PBE_find(
			   EVP_PBE_TYPE_OUTER, nid, &cipher, NULL, NULL) == 1
			   ? OBJ_nid2sn(cipher)
			   : NULL;
	params = ASN1_TYPE_unpack_sequence(
	    ASN1_ITEM_rptr(PBE2PARAM), algorithm->parameter);
	if (params != NULL)
		cipher = OBJ_obj2nid(params->encryption->algorithm);
	PBE2PARAM_free(params);
	return cipher == NID_undef ? NULL : OBJ_nid2sn(cipher);
}

static bool
open_legacy(struct unseal *unseal)
{
	if (unseal->legacy != NULL)
		return true;
	unseal->legacy = OSSL_LIB_CTX_new();
	if (unseal->legacy == NULL)
		return false;
	unseal->providers[0] = OSSL_PROVIDER_load(unseal->legacy, "legacy");
	unseal->providers[1] = OSSL_PROVIDER_load(unseal->legacy, "default");
	ERR_clear_error();
	return true;
}

/* The context that has the cipher: NULL is OpenSSL's default one. */
static bool
choose_context(struct unseal *unseal, const X509_ALGOR *algorithm,
    const char *convert, OSSL_LIB_CTX **context, struct fail *fail)
{
	const char *name = cipher_of(algorithm);

	*context = NULL;
	ERR_clear_error();
	if (name == NULL)
		return fail_set(fail, FAIL_INPUT,
		    "it is encrypted in a way that certupload does not know");
	if (is_fetched(NULL, name))
		return true;
	if (!open_legacy(unseal))
		return fail_memory(fail);
	*context = unseal->legacy;
	return is_fetched(unseal->legacy, name) ||
	       lacks_cipher(name, convert, fail);
}

/* --- decryption ----------------------------------------------------------- */

EVP_PKEY *
unseal_key(struct unseal *unseal, const X509_SIG *sealed,
    const struct unseal_pass *pass, struct fail *fail)
{
	static const char convert[] =
	    "openssl pkey -provider legacy -provider default -in OLD -aes256 "
	    "-out NEW";
	CLEANUP(buf_clear) struct buf text = {0};
	struct unseal_pass asked;
	const X509_ALGOR *algorithm;
	PKCS8_PRIV_KEY_INFO *info;
	OSSL_LIB_CTX *context;
	EVP_PKEY *key;

	X509_SIG_get0(sealed, &algorithm, NULL);
	if (!kdf_spend(algorithm, &unseal->iterations, fail) ||
	    !choose_context(unseal, algorithm, convert, &context, fail) ||
	    (pass == NULL && !unseal_ask(unseal, &text, fail)))
		return NULL;
	if (pass == NULL) {
		asked = (struct unseal_pass){buf_text(&text), (int)text.len};
		pass = &asked;
	}
	info = PKCS8_decrypt_ex(sealed, pass->text, pass->len, context, NULL);
	unseal->is_wrong = info == NULL;
	if (info == NULL) {
		wrong_passphrase("the private key", fail);
		return NULL;
	}
	key = EVP_PKCS82PKEY(info);
	PKCS8_PRIV_KEY_INFO_free(info);
	if (key == NULL)
		fail_set(fail, FAIL_INPUT, "the private key cannot be read: %s",
		    ossl_reason());
	return key;
}

STACK_OF(PKCS12_SAFEBAG) *
    unseal_bags(struct unseal *unseal, const PKCS7 *content,
	const struct unseal_pass *pass, struct fail *fail)
{
	static const char convert[] =
	    "openssl pkcs12 -legacy -in OLD -aes256 -out NEW.pem";
	const PKCS7_ENC_CONTENT *sealed = content->d.encrypted == NULL
					      ? NULL
					      : content->d.encrypted->enc_data;
	STACK_OF(PKCS12_SAFEBAG) *bags = NULL;
	OSSL_LIB_CTX *context;

	if (sealed == NULL || sealed->enc_data == NULL) {
		fail_set(fail, FAIL_INPUT, "the PKCS#12 bundle is damaged");
		return NULL;
	}
	if (!kdf_spend(sealed->algorithm, &unseal->iterations, fail) ||
	    !choose_context(unseal, sealed->algorithm, convert, &context, fail))
		return NULL;
	bags = PKCS12_item_decrypt_d2i_ex(sealed->algorithm,
	    ASN1_ITEM_rptr(PKCS12_SAFEBAGS), pass->text, pass->len,
	    sealed->enc_data, 1, context, NULL);
	unseal->is_wrong = bags == NULL;
	if (bags == NULL)
		wrong_passphrase("the PKCS#12 bundle", fail);
	return bags;
}
