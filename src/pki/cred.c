#include "pki/cred.h"

#include <openssl/asn1.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/file.h"
#include "base/mem.h"
#include "pki/p12_read.h"
#include "pki/pem.h"

struct input {
	const struct cred_source *source;
	struct cred *cred;
	const char *file;
	unsigned take;        /* enum cred_take */
	unsigned certs, keys; /* found so far */
	const char *aside;    /* found besides, of no use here; NULL: nothing */
	bool is_cut;          /* as in struct cred */
	bool is_public;       /* take certificates alone, and decrypt nothing */
	struct unseal unseal;
};

static void
input_clear(struct input *input)
{
	unseal_clear(&input->unseal);
}

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
	if (!(input->take & CRED_KEY) || has_key(cred, own))
		return true;
	if (cred->key_count == CRED_MAX_KEYS)
		return fail_set(fail, FAIL_INPUT, "more than %d private keys",
		    CRED_MAX_KEYS);
	if (!array_grow(&cred->keys, cred->key_count, &cred->key_cap,
		sizeof(*cred->keys)))
		return fail_memory(fail);
	cred->keys[cred->key_count++] = (struct cred_key){own, input->file};
	own = NULL;
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

/* --- readers of one object ------------------------------------------------ */

/* RFC 1421 section 4.6.1.3: "DEK-Info: DES-CBC,0123...". */
static bool
has_cipher(const struct pem_block *block, struct fail *fail)
{
	static const char field[] = "DEK-Info: ";
	const char *at = strstr(buf_text(&block->text), field);
	char name[32];

	if (at == NULL)
		return true;
	at += strlen(field);
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(at, ",\n"), at);
	return unseal_has_cipher(name, fail);
}

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
	if (!has_cipher(block, fail))
		return false;
	key =
	    PEM_read_bio_PrivateKey(bio, NULL, unseal_callback, &input->unseal);
	if (key == NULL)
		return unseal_failed(&input->unseal, "the private key", fail);
	return add_key(input, key, fail);
}

/* Takes over `sealed`. */
static bool
add_sealed_key(struct input *input, X509_SIG *sealed, struct fail *fail)
{
	EVP_PKEY *key = unseal_key(&input->unseal, sealed, NULL, fail);

	X509_SIG_free(sealed);
	return key != NULL && add_key(input, key, fail);
}

static bool
read_sealed_key_pem(
    struct input *input, const struct pem_block *block, struct fail *fail)
{
	CLEANUP(ossl_bio_free)
	BIO *bio = BIO_new_mem_buf(block->text.data, (int)block->text.len);
	X509_SIG *sealed;

	if (!(input->take & CRED_KEY)) {
		input->keys++;
		return true;
	}
	if (bio == NULL)
		return fail_memory(fail);
	sealed = PEM_read_bio_PKCS8(bio, NULL, NULL, NULL);
	return sealed == NULL
		   ? unseal_failed(&input->unseal, "the private key", fail)
		   : add_sealed_key(input, sealed, fail);
}

static bool
damaged(struct fail *fail, const struct pem_block *block, const char *what)
{
	fail_set(fail, FAIL_INPUT, "line %zu: the %s cannot be read: %s",
	    block->line, what, ossl_reason());
	return fail_hint(fail, "get the file again from where it came from");
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

/* A certificate, from the cache where it is there, or PKCS#7: some CAs label
 * the one as the other. `*known`: it is one of them. */
static bool
add_certs(struct input *input, const unsigned char *der, long len, bool *known,
    struct fail *fail)
{
	const struct cert_cache *cache = input->source->cache;
	CLEANUP(ossl_cert_free) X509 *x509 = NULL;
	CLEANUP(ossl_p7_free) PKCS7 *p7 = NULL;
	const unsigned char *at = der;

	*known = true;
	if (cache != NULL)
		x509 = cert_cache_find(cache, der, (size_t)len);
	/* _AUX takes what may follow a TRUSTED CERTIFICATE. */
	if (x509 == NULL)
		x509 = d2i_X509_AUX(NULL, &at, len);
	if (x509 != NULL)
		return add_cert(input, x509, fail);
	at = der;
	ERR_set_mark();
	p7 = d2i_PKCS7(NULL, &at, len);
	ERR_pop_to_mark();
	*known = p7 != NULL && at == der + len;
	return *known && add_p7(input, p7, fail);
}

static bool
read_certs_pem(
    struct input *input, const struct pem_block *block, struct fail *fail)
{
	CLEANUP(ossl_bio_free)
	BIO *bio = BIO_new_mem_buf(block->text.data, (int)block->text.len);
	char *label = NULL, *header = NULL;
	unsigned char *der = NULL;
	bool known = false, good = false;
	long len;

	if (bio == NULL)
		return fail_memory(fail);
	if (PEM_read_bio(bio, &label, &header, &der, &len) == 1)
		good = add_certs(input, der, len, &known, fail);
	OPENSSL_free(label);
	OPENSSL_free(header);
	OPENSSL_free(der);
	if (known)
		return good;
	return damaged(fail, block,
	    strstr(block->label, "CERTIFICATE") != NULL ? "certificate"
							: "PKCS#7 bundle");
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

/* --- files ---------------------------------------------------------------- */

static const char request[] = "a certificate request";
static const char public_key[] = "a public key";
static const char crl[] = "a revocation list (CRL)";
static const char parameters[] = "a set of parameters";

/* RFC 7468 sections 5 to 14, and the older labels in use. */
static const struct {
	const char *label;
	bool (*read)(struct input *, const struct pem_block *, struct fail *);
	const char *aside; /* what it is, if it is not read */
} readers[] = {
    {"CERTIFICATE", read_certs_pem, NULL},
    {"X509 CERTIFICATE", read_certs_pem, NULL},
    {"TRUSTED CERTIFICATE", read_certs_pem, NULL},
    {"PRIVATE KEY", read_key_pem, NULL},
    {"ENCRYPTED PRIVATE KEY", read_sealed_key_pem, NULL},
    {"RSA PRIVATE KEY", read_key_pem, NULL},
    {"EC PRIVATE KEY", read_key_pem, NULL},
    {"DSA PRIVATE KEY", read_key_pem, NULL},
    {"ANY PRIVATE KEY", read_key_pem, NULL},
    {"PKCS7", read_certs_pem, NULL},
    {"CMS", read_certs_pem, NULL},
    {"PKCS #7 SIGNED DATA", read_certs_pem, NULL},
    {"OPENSSH PRIVATE KEY", refuse_openssh, NULL},
    {"EC PARAMETERS", NULL, parameters},
    {"DH PARAMETERS", NULL, parameters},
    {"X9.42 DH PARAMETERS", NULL, parameters},
    {"PUBLIC KEY", NULL, public_key},
    {"RSA PUBLIC KEY", NULL, public_key},
    {"CERTIFICATE REQUEST", NULL, request},
    {"NEW CERTIFICATE REQUEST", NULL, request},
    {"X509 CRL", NULL, crl},
};

static bool
put_aside(struct input *input, const char *what)
{
	if (input->aside == NULL)
		input->aside = what;
	return true;
}

static bool
read_block(
    struct input *input, const struct pem_block *block, struct fail *fail)
{
	for (size_t i = 0; i < COUNTOF(readers); i++) {
		if (strcmp(block->label, readers[i].label) != 0)
			continue;
		if (readers[i].read == NULL)
			return put_aside(input, readers[i].aside);
		return readers[i].read(input, block, fail);
	}
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

		if (!pem_next(&reader, &block, &end, fail)) {
			input->is_cut = reader.at == reader.len;
			return false;
		}
		if (!end && !read_block(input, &block, fail))
			return false;
	}
	return true;
}

static bool
add_p12(struct input *input, PKCS12 *p12, struct fail *fail)
{
	CLEANUP(p12_found_clear) struct p12_found found = {0};

	if (!p12_read(p12, &input->unseal, &found, fail))
		return false;
	for (int i = 0; i < sk_X509_num(found.certs); i++)
		if (!add_cert(input, sk_X509_value(found.certs, i), fail))
			return false;
	for (size_t i = 0; i < found.key_count; i++)
		if (EVP_PKEY_up_ref(found.keys[i]) != 1 ||
		    !add_key(input, found.keys[i], fail))
			return false;
	return true;
}

static bool
nothing(struct fail *fail, const char *what)
{
	fail_set(fail, FAIL_INPUT, "%s", what);
	return fail_hint(
	    fail, "name another file, or get this one again from its source");
}

/* What is recognised to be of no use here, or NULL. */
static const char *
aside_of(const struct buf *der)
{
	const unsigned char *starts[] = {der->data, der->data, der->data};
	long len = (long)der->len;
	X509_REQ *as_request = d2i_X509_REQ(NULL, &starts[0], len);
	X509_CRL *as_crl = d2i_X509_CRL(NULL, &starts[1], len);
	EVP_PKEY *as_key = d2i_PUBKEY(NULL, &starts[2], len);
	const char *what = as_request != NULL ? request
			   : as_crl != NULL   ? crl
			   : as_key != NULL   ? public_key
					      : NULL;

	X509_REQ_free(as_request);
	X509_CRL_free(as_crl);
	EVP_PKEY_free(as_key);
	ERR_clear_error();
	return what;
}

/* One object. */
static bool
read_der(struct input *input, const struct buf *der, struct fail *fail)
{
	CLEANUP(ossl_cert_free) X509 *x509 = NULL;
	CLEANUP(ossl_p12_free) PKCS12 *p12 = NULL;
	CLEANUP(ossl_p7_free) PKCS7 *p7 = NULL;
	const unsigned char *at = der->data;
	long len = (long)der->len;
	const char *aside;
	X509_SIG *sealed;
	EVP_PKEY *key;

	if ((x509 = d2i_X509(NULL, &at, len)) != NULL)
		return add_cert(input, x509, fail);
	at = der->data;
	if ((p7 = d2i_PKCS7(NULL, &at, len)) != NULL)
		return add_p7(input, p7, fail);
	if (input->is_public)
		return nothing(
		    fail, "holds no certificate, neither PEM nor DER");
	at = der->data;
	if ((p12 = d2i_PKCS12(NULL, &at, len)) != NULL)
		return add_p12(input, p12, fail);
	at = der->data;
	if ((key = d2i_AutoPrivateKey(NULL, &at, len)) != NULL)
		return add_key(input, key, fail);
	at = der->data;
	if ((sealed = d2i_X509_SIG(NULL, &at, len)) != NULL)
		return add_sealed_key(input, sealed, fail);
	if ((aside = aside_of(der)) != NULL)
		return put_aside(input, aside);
	return nothing(
	    fail, "holds neither PEM nor DER of a certificate or key");
}

/* The bytes of the first object; BER need not tell its length, but end it by
 * two zero bytes (X.690 section 8.1.5). 0: there is none. */
static size_t
object_size(const unsigned char *bytes, size_t len)
{
	const unsigned char *at = bytes, *end = bytes + len;
	size_t depth = 0;

	do {
		long size;
		int tag, class;
		int how =
		    ASN1_get_object(&at, &size, &tag, &class, (long)(end - at));

		if (how & 0x80) {
			ERR_clear_error();
			return 0;
		}
		if (how & 1)
			depth++;
		else if (depth > 0 && tag == V_ASN1_EOC && size == 0)
			depth--;
		else
			at += size;
	} while (depth > 0);
	return (size_t)(at - bytes);
}

/* Objects one after the other. An editor may have ended the file by a line
 * end; anything else may be what is left of a certificate. */
static bool
read_ders(struct input *input, const struct buf *bytes, struct fail *fail)
{
	size_t at = 0, left = bytes->len;

	do {
		struct buf one = {.data = bytes->data + at,
		    .len = object_size(bytes->data + at, left)};

		if (!read_der(input, &one, fail))
			return at > 0 && fail_in(fail, "from byte %zu on", at);
		at += one.len;
		left -= one.len;
	} while (left > 0 && strspn((char *)bytes->data + at, "\r\n") < left);
	return true;
}

static bool
read_any(struct input *input, const struct buf *bytes, struct fail *fail)
{
	const char *text = buf_text(bytes);

	input->is_cut = bytes->len == 0;
	if (bytes->len == 0)
		return nothing(fail, "is empty");
	if (bytes->len >= 2 && (memcmp(text, "\xff\xfe", 2) == 0 ||
				   memcmp(text, "\xfe\xff", 2) == 0)) {
		fail_set(fail, FAIL_INPUT, "is UTF-16 text");
		return fail_hint(fail, "save it as ASCII or UTF-8");
	}
	if (pem_has_block(text, bytes->len))
		return read_pem(input, bytes, fail);
	return read_ders(input, bytes, fail);
}

static bool
no_passphrase(
    void *data, const char *file, struct buf *passphrase, struct fail *fail)
{
	(void)data, (void)file, (void)passphrase;
	return fail_set(fail, FAIL_INPUT, "is encrypted");
}

/* Does it hold certificates and no key? Nothing of it is taken. */
static bool
holds_only_certs(const char *file)
{
	CLEANUP(buf_clear) struct buf bytes = {.max = CRED_MAX_FILE};
	struct cred_source source = {.passphrase = no_passphrase};
	CLEANUP(input_clear)
	struct input input = {.source = &source,
	    .file = file_name(file),
	    .unseal = {.ask = no_passphrase, .file = file_name(file)}};
	struct fail ignored;
	unsigned open_mode;

	return file_read(file, &bytes, &open_mode, &ignored) &&
	       read_any(&input, &bytes, &ignored) && input.keys == 0 &&
	       input.certs > 0;
}

static bool
lacks_key(const struct input *input, struct fail *fail)
{
	if (input->aside != NULL && input->certs == 0)
		fail_set(fail, FAIL_INPUT, "%s: is %s, not a private key",
		    input->file, input->aside);
	else
		fail_set(
		    fail, FAIL_INPUT, "%s: holds no private key", input->file);
	return fail_hint(fail, "--key names the private key's file");
}

static bool
lacks_cert(const struct input *input, struct fail *fail)
{
	const char *key = input->source->key, *cert = input->source->cert;
	const char *file = input->file;

	if (input->keys > 0 && key != NULL && cert != NULL &&
	    file == file_name(cert) && holds_only_certs(key)) {
		fail_set(fail, FAIL_INPUT,
		    "the key and the certificate seem swapped: %s holds a "
		    "certificate, %s a private key",
		    file_name(key), file);
		return fail_hint(fail, "swap the files of --key and --cert");
	}
	if (input->aside == NULL || input->keys > 0)
		return fail_set(
		    fail, FAIL_INPUT, "%s: holds no certificate", file);
	fail_set(fail, FAIL_INPUT, "%s: is %s, not a certificate", file,
	    input->aside);
	return fail_hint(fail,
	    input->aside == request
		? "send it to the CA, and use the certificate that comes back"
		: "give the file of the certificate");
}

static bool
read_file(const struct cred_source *source, const char *file, unsigned take,
    struct cred *cred, struct fail *fail)
{
	CLEANUP(buf_clear) struct buf bytes = {.max = CRED_MAX_FILE};
	unsigned open_mode;
	CLEANUP(input_clear)
	struct input input = {.source = source,
	    .cred = cred,
	    .file = file_name(file),
	    .take = take,
	    .unseal = {.ask = source->passphrase,
		.data = source->data,
		.file = file_name(file)}};

	if (!file_read(file, &bytes, &open_mode, fail))
		return false;
	if (!read_any(&input, &bytes, fail)) {
		cred->is_cut = input.is_cut;
		return fail_in(fail, "%s", input.file);
	}
	if ((take & CRED_KEY) && input.keys == 0)
		return lacks_key(&input, fail);
	if (input.keys > 0 && open_mode != 0)
		return file_too_open(file, open_mode, fail);
	if (take != CRED_KEY && input.certs == 0)
		return lacks_cert(&input, fail);
	return true;
}

bool
cred_add(struct cred *cred, const char *file, unsigned take,
    const struct buf *bytes, struct fail *fail)
{
	struct cred_source none = {.passphrase = no_passphrase};
	CLEANUP(input_clear)
	struct input input = {.source = &none,
	    .cred = cred,
	    .file = file_name(file),
	    .take = take,
	    .is_public = take == CRED_CERTS,
	    .unseal = {.ask = no_passphrase, .file = file_name(file)}};

	if (!read_any(&input, bytes, fail))
		return fail_in(fail, "%s", file);
	return !(take & CRED_KEY) || choose_key(cred, fail);
}

bool
cred_load(
    const struct cred_source *source, struct cred *cred, struct fail *fail)
{
	const char *key = source->key, *cert = source->cert;
	bool good, is_cut;

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
	is_cut = cred->is_cut;
	if (!good)
		cred_clear(cred);
	cred->is_cut = is_cut;
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
