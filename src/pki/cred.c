#include "pki/cred.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>

#include "base/array.h"
#include "base/file.h"
#include "base/mem.h"
#include "pki/pem.h"

struct input {
	const struct cred_source *source;
	struct cred *cred;
	const char *file;
	unsigned take;        /* enum cred_take */
	unsigned certs, keys; /* found so far */
	/* The passphrase was asked for; why there is none. */
	bool asked;
	struct fail *passphrase_fail;
};

/* --- what was found ------------------------------------------------------- */

/* Takes a reference of its own. */
static bool
add_cert(struct input *input, X509 *x509, struct fail *fail)
{
	struct cred *cred = input->cred;

	input->certs++;
	if (!(input->take & CRED_CERTS))
		return true;
	if (cred->count == CRED_MAX_CERTS)
		return fail_set(fail, FAIL_INPUT, "more than %d certificates",
		    CRED_MAX_CERTS);
	if (!array_grow(
		&cred->certs, cred->count, &cred->cap, sizeof(*cred->certs)))
		return fail_memory(fail);
	if (X509_up_ref(x509) != 1)
		return ossl_failed(fail, "certificate");
	cred->certs[cred->count++] =
	    (struct cred_cert){x509, input->file, input->certs};
	return true;
}

static bool
has_key(const struct cred *cred, const EVP_PKEY *key)
{
	for (size_t i = 0; i < cred->key_count; i++)
		if (EVP_PKEY_eq(cred->keys[i].key, key) == 1)
			return true;
	return false;
}

/* Takes over `key`. */
static bool
add_key(struct input *input, EVP_PKEY *key, struct fail *fail)
{
	CLEANUP(ossl_key_free) EVP_PKEY *own = key;
	struct cred *cred = input->cred;

	input->keys++;
	if (!(input->take & CRED_KEY) || has_key(cred, key))
		return true;
	if (cred->key_count == CRED_MAX_KEYS)
		return fail_set(fail, FAIL_INPUT, "more than %d private keys",
		    CRED_MAX_KEYS);
	if (!array_grow(&cred->keys, cred->key_count, &cred->key_cap,
		sizeof(*cred->keys)))
		return fail_memory(fail);
	own = NULL;
	cred->keys[cred->key_count++] = (struct cred_key){key, input->file};
	return true;
}

/* All is read: which key is it? */
static bool
choose_key(struct cred *cred, struct fail *fail)
{
	struct pair_found found = {.keys = cred->keys,
	    .certs = cred->certs,
	    .key_count = cred->key_count,
	    .cert_count = cred->count,
	    .cert_file = cred->cert_file};
	size_t place = 0;

	if (cred->key_count == 0)
		return true;
	if (cred->key_count > 1 && !pair_choose(&found, &place, fail))
		return false;
	if (EVP_PKEY_up_ref(cred->keys[place].key) != 1)
		return ossl_failed(fail, "key");
	EVP_PKEY_free(cred->key);
	cred->key = cred->keys[place].key;
	cred->key_file = cred->keys[place].file;
	return true;
}

/* --- passphrases ---------------------------------------------------------- */

/* pem_password_cb: OpenSSL must never ask by itself. */
static int
on_passphrase(char *text, int size, int writing, void *data)
{
	CLEANUP(buf_clear) struct buf passphrase = {0};
	struct input *input = data;

	(void)writing;
	input->asked = true;
	if (!input->source->passphrase(input->source->data, input->file,
		&passphrase, input->passphrase_fail))
		return -1;
	if (passphrase.len > (size_t)size) {
		fail_set(input->passphrase_fail, FAIL_INPUT,
		    "the passphrase is longer than %d bytes", size);
		return -1;
	}
	memcpy(text, buf_text(&passphrase), passphrase.len);
	return (int)passphrase.len;
}

/* A key or bundle could not be read: because of the passphrase? */
static bool
unreadable(struct input *input, const char *what, struct fail *fail)
{
	if (input->asked && input->passphrase_fail->code != FAIL_NONE) {
		ERR_clear_error();
		*fail = *input->passphrase_fail;
		return false;
	}
	if (!input->asked)
		return fail_set(fail, FAIL_INPUT, "%s cannot be read: %s", what,
		    ossl_reason());
	ERR_clear_error();
	fail_set(fail, FAIL_INPUT,
	    "%s: wrong passphrase, or the file is damaged", what);
	return fail_hint(fail, "check --key-passphrase-file");
}

/* --- readers of one object ------------------------------------------------ */

static bool
read_key_pem(
    struct input *input, const struct pem_block *block, struct fail *fail)
{
	CLEANUP(ossl_bio_free)
	BIO *bio = BIO_new_mem_buf(block->text.data, (int)block->text.len);
	EVP_PKEY *key;

	/* Whose key it is not need not be asked a passphrase. */
	if (!(input->take & CRED_KEY)) {
		input->keys++;
		return true;
	}
	if (bio == NULL)
		return fail_memory(fail);
	key = PEM_read_bio_PrivateKey(bio, NULL, on_passphrase, input);
	if (key == NULL)
		return unreadable(input, "the private key", fail);
	return add_key(input, key, fail);
}

static bool
damaged(struct fail *fail, const struct pem_block *block, const char *what)
{
	fail_set(fail, FAIL_INPUT, "line %zu: the %s cannot be read: %s",
	    block->line, what, ossl_reason());
	return fail_hint(fail, "get the file again from where it came from");
}

/* The certificate of the block, from the cache where it is there. */
static X509 *
decode_cert(const struct cert_cache *cache, BIO *bio)
{
	char *label = NULL, *header = NULL;
	unsigned char *der = NULL;
	const unsigned char *at;
	X509 *x509 = NULL;
	long len;

	if (PEM_read_bio(bio, &label, &header, &der, &len) == 1) {
		if (cache != NULL)
			x509 = cert_cache_find(cache, der, (size_t)len);
		at = der;
		/* _AUX takes what may follow a TRUSTED CERTIFICATE. */
		if (x509 == NULL)
			x509 = d2i_X509_AUX(NULL, &at, len);
	}
	OPENSSL_free(label);
	OPENSSL_free(header);
	OPENSSL_free(der);
	return x509;
}

static bool
read_cert_pem(
    struct input *input, const struct pem_block *block, struct fail *fail)
{
	CLEANUP(ossl_bio_free)
	BIO *bio = BIO_new_mem_buf(block->text.data, (int)block->text.len);
	CLEANUP(ossl_cert_free) X509 *x509 = NULL;

	if (bio == NULL)
		return fail_memory(fail);
	if ((x509 = decode_cert(input->source->cache, bio)) == NULL)
		return damaged(fail, block, "certificate");
	return add_cert(input, x509, fail);
}

static bool
add_p7(struct input *input, PKCS7 *p7, struct fail *fail)
{
	const STACK_OF(X509) *certs = NULL;

	if (PKCS7_type_is_signed(p7) && p7->d.sign != NULL)
		certs = p7->d.sign->cert;
	for (int i = 0; i < sk_X509_num(certs); i++)
		if (!add_cert(input, sk_X509_value(certs, i), fail))
			return false;
	return true;
}

static bool
read_p7_pem(
    struct input *input, const struct pem_block *block, struct fail *fail)
{
	CLEANUP(ossl_bio_free)
	BIO *bio = BIO_new_mem_buf(block->text.data, (int)block->text.len);
	CLEANUP(ossl_p7_free) PKCS7 *p7 = NULL;

	if (bio == NULL)
		return fail_memory(fail);
	if ((p7 = PEM_read_bio_PKCS7(bio, NULL, NULL, NULL)) == NULL)
		return damaged(fail, block, "PKCS#7 bundle");
	return add_p7(input, p7, fail);
}

static bool
refuse_openssh(
    struct input *input, const struct pem_block *block, struct fail *fail)
{
	(void)input, (void)block;
	fail_set(fail, FAIL_INPUT, "is an OpenSSH key");
	return fail_hint(
	    fail, "convert a copy of it: ssh-keygen -p -m PKCS8 -f KEY");
}

static bool
pass_over(struct input *input, const struct pem_block *block, struct fail *fail)
{
	(void)input, (void)block, (void)fail;
	return true;
}

/* --- files ---------------------------------------------------------------- */

/* RFC 7468 sections 5 to 14, and the older labels in use. */
static const struct {
	const char *label;
	bool (*read)(struct input *, const struct pem_block *, struct fail *);
} readers[] = {
    {"CERTIFICATE", read_cert_pem},
    {"X509 CERTIFICATE", read_cert_pem},
    {"TRUSTED CERTIFICATE", read_cert_pem},
    {"PRIVATE KEY", read_key_pem},
    {"ENCRYPTED PRIVATE KEY", read_key_pem},
    {"RSA PRIVATE KEY", read_key_pem},
    {"EC PRIVATE KEY", read_key_pem},
    {"DSA PRIVATE KEY", read_key_pem},
    {"ANY PRIVATE KEY", read_key_pem},
    {"PKCS7", read_p7_pem},
    {"CMS", read_p7_pem},
    {"PKCS #7 SIGNED DATA", read_p7_pem},
    {"OPENSSH PRIVATE KEY", refuse_openssh},
    {"EC PARAMETERS", pass_over},
    {"DH PARAMETERS", pass_over},
    {"X9.42 DH PARAMETERS", pass_over},
    {"PUBLIC KEY", pass_over},
    {"CERTIFICATE REQUEST", pass_over},
    {"NEW CERTIFICATE REQUEST", pass_over},
    {"X509 CRL", pass_over},
};

static bool
read_block(
    struct input *input, const struct pem_block *block, struct fail *fail)
{
	for (size_t i = 0; i < COUNTOF(readers); i++)
		if (strcmp(block->label, readers[i].label) == 0)
			return readers[i].read(input, block, fail);
	return fail_set(fail, FAIL_INPUT,
	    "line %zu: a block %s has no place here", block->line,
	    block->label);
}

static bool
read_pem(struct input *input, const struct buf *text, struct fail *fail)
{
	struct pem_reader reader = {.text = buf_text(text), .len = text->len};
	bool end = false;

	while (!end) {
		CLEANUP(pem_block_clear) struct pem_block block = {0};

		if (!pem_next(&reader, &block, &end, fail) ||
		    (!end && !read_block(input, &block, fail)))
			return false;
	}
	return true;
}

static bool
add_p12(struct input *input, PKCS12 *p12, struct fail *fail)
{
	CLEANUP(ossl_key_free) EVP_PKEY *key = NULL;
	CLEANUP(ossl_cert_free) X509 *leaf = NULL;
	CLEANUP(ossl_certs_free) STACK_OF(X509) *others = NULL;
	char passphrase[1024] = "";
	int len = 0, parsed;

	if (PKCS12_mac_present(p12) && !PKCS12_verify_mac(p12, "", 0) &&
	    !PKCS12_verify_mac(p12, NULL, 0)) {
		len = on_passphrase(
		    passphrase, (int)sizeof(passphrase) - 1, 0, input);
		if (len < 0)
			return unreadable(input, "the PKCS#12 bundle", fail);
		passphrase[len] = '\0';
	}
	ERR_clear_error();
	parsed = PKCS12_parse(p12, passphrase, &key, &leaf, &others);
	mem_wipe(passphrase, sizeof(passphrase));
	if (parsed != 1)
		return unreadable(input, "the PKCS#12 bundle", fail);
	if (leaf != NULL && !add_cert(input, leaf, fail))
		return false;
	for (int i = 0; i < sk_X509_num(others); i++)
		if (!add_cert(input, sk_X509_value(others, i), fail))
			return false;
	if (key != NULL && EVP_PKEY_up_ref(key) == 1)
		return add_key(input, key, fail);
	return true;
}

/* An encrypted PKCS#8 key, or a plain one of any form. */
static EVP_PKEY *
key_from_der(struct input *input, const struct buf *der)
{
	CLEANUP(ossl_bio_free)
	BIO *bio = BIO_new_mem_buf(der->data, (int)der->len);
	const unsigned char *at = der->data;
	EVP_PKEY *key = d2i_AutoPrivateKey(NULL, &at, (long)der->len);
	X509_SIG *sealed;

	if (key != NULL || bio == NULL)
		return key;
	at = der->data;
	if ((sealed = d2i_X509_SIG(NULL, &at, (long)der->len)) == NULL)
		return NULL;
	X509_SIG_free(sealed);
	return d2i_PKCS8PrivateKey_bio(bio, NULL, on_passphrase, input);
}

static bool
nothing(struct fail *fail, const char *what)
{
	fail_set(fail, FAIL_INPUT, "%s", what);
	return fail_hint(
	    fail, "name another file, or get this one again from its source");
}

static bool
read_der(struct input *input, const struct buf *der, struct fail *fail)
{
	CLEANUP(ossl_cert_free) X509 *x509 = NULL;
	CLEANUP(ossl_p12_free) PKCS12 *p12 = NULL;
	CLEANUP(ossl_p7_free) PKCS7 *p7 = NULL;
	const unsigned char *at = der->data;
	long len = (long)der->len;
	EVP_PKEY *key;

	if ((x509 = d2i_X509(NULL, &at, len)) != NULL)
		return add_cert(input, x509, fail);
	at = der->data;
	if ((p12 = d2i_PKCS12(NULL, &at, len)) != NULL)
		return add_p12(input, p12, fail);
	at = der->data;
	if ((p7 = d2i_PKCS7(NULL, &at, len)) != NULL)
		return add_p7(input, p7, fail);
	if ((key = key_from_der(input, der)) != NULL)
		return add_key(input, key, fail);
	if (input->asked)
		return unreadable(input, "the private key", fail);
	ERR_clear_error();
	return nothing(
	    fail, "holds neither PEM nor DER of a certificate or key");
}

static bool
read_any(struct input *input, const struct buf *bytes, struct fail *fail)
{
	const char *text = buf_text(bytes);

	if (bytes->len == 0)
		return nothing(fail, "is empty");
	if (bytes->len >= 2 && (memcmp(text, "\xff\xfe", 2) == 0 ||
				   memcmp(text, "\xfe\xff", 2) == 0)) {
		fail_set(fail, FAIL_INPUT, "is UTF-16 text");
		return fail_hint(fail, "save it as ASCII or UTF-8");
	}
	if (pem_has_block(text, bytes->len))
		return read_pem(input, bytes, fail);
	return read_der(input, bytes, fail);
}

static bool
no_passphrase(
    void *data, const char *file, struct buf *passphrase, struct fail *fail)
{
	(void)data, (void)file, (void)passphrase;
	return fail_set(fail, FAIL_INPUT, "is encrypted");
}

static bool
read_file(const struct cred_source *source, const char *file, unsigned take,
    struct cred *cred, struct fail *fail)
{
	CLEANUP(buf_clear) struct buf bytes = {.max = CRED_MAX_FILE};
	struct fail passphrase_fail = {0};
	unsigned open_mode;
	struct input input = {.source = source,
	    .cred = cred,
	    .file = file_name(file),
	    .take = take,
	    .passphrase_fail = &passphrase_fail};

	if (!file_read(file, &bytes, &open_mode, fail))
		return false;
	if (!read_any(&input, &bytes, fail))
		return fail_in(fail, "%s", input.file);
	if ((take & CRED_KEY) && input.keys == 0) {
		fail_set(
		    fail, FAIL_INPUT, "%s: holds no private key", input.file);
		return fail_hint(fail, "--key names the private key's file");
	}
	if (input.keys > 0 && open_mode != 0)
		return file_too_open(file, open_mode, fail);
	if (take != CRED_KEY && input.certs == 0)
		return fail_set(
		    fail, FAIL_INPUT, "%s: holds no certificate", input.file);
	return true;
}

bool
cred_add(struct cred *cred, const char *file, unsigned take,
    const struct buf *bytes, struct fail *fail)
{
	struct cred_source none = {.passphrase = no_passphrase};
	struct fail passphrase_fail = {0};
	struct input input = {.source = &none,
	    .cred = cred,
	    .file = file_name(file),
	    .take = take,
	    .passphrase_fail = &passphrase_fail};

	if (!read_any(&input, bytes, fail))
		return fail_in(fail, "%s", file);
	return !(take & CRED_KEY) || choose_key(cred, fail);
}

bool
cred_load(
    const struct cred_source *source, struct cred *cred, struct fail *fail)
{
	const char *key = source->key, *cert = source->cert;
	bool good;

	*cred =
	    (struct cred){.cert_file = file_name(cert == NULL ? key : cert)};
	good =
	    (cert == NULL ||
		read_file(source, cert,
		    key == NULL ? CRED_KEY | CRED_CERTS : CRED_CERTS, cred,
		    fail)) &&
	    (key == NULL || read_file(source, key,
				cert == NULL ? CRED_KEY | CRED_CERTS : CRED_KEY,
				cred, fail));
	for (size_t i = 0; good && i < source->chain_count; i++)
		good =
		    read_file(source, source->chain[i], CRED_CERTS, cred, fail);
	good = good && choose_key(cred, fail);
	if (!good)
		cred_clear(cred);
	return good;
}

void
cred_clear(struct cred *cred)
{
	for (size_t i = 0; i < cred->count; i++)
		X509_free(cred->certs[i].x509);
	for (size_t i = 0; i < cred->key_count; i++)
		EVP_PKEY_free(cred->keys[i].key);
	mem_free(cred->certs);
	mem_free(cred->keys);
	EVP_PKEY_free(cred->key);
	*cred = (struct cred){0};
}
