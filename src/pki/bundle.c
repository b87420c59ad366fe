#include "pki/bundle.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>

#include "base/array.h"
#include "base/file.h"
#include "base/mem.h"
#include "pki/pem.h"

/* The largest of a system is below 1 MB. */
#define MAX_FILE ((size_t)16 << 20)

struct item {
	X509_NAME *subject;
	unsigned char *der; /* with what may follow a TRUSTED CERTIFICATE */
	long len;
	bool is_decoded;
	X509 *x509; /* then; NULL: it is damaged */
};

struct bundle {
	X509_LOOKUP_METHOD *method;
	struct item *items;
	size_t count, cap;
};

/* --- reading -------------------------------------------------------------- */

/* Step over the element at `*at`, or into it. */
static bool
step(const unsigned char **at, const unsigned char *end, bool into)
{
	const unsigned char *inside = *at;
	int tag, class;
	long len;

	if (ASN1_get_object(&inside, &len, &tag, &class, end - *at) & 0x80)
		return false;
	*at = into ? inside : inside + len;
	return true;
}

/* The subject of a certificate (RFC 5280 section 4.1) that is not decoded. */
static X509_NAME *
find_subject(const unsigned char *der, long len)
{
	const unsigned char *at = der, *end = der + len;
	bool good = step(&at, end, true) && step(&at, end, true);

	/* Version 1 is not written. */
	if (good && at < end &&
	    *at == (V_ASN1_CONTEXT_SPECIFIC | V_ASN1_CONSTRUCTED))
		good = step(&at, end, false);
	/* Serial number, algorithm, issuer, validity. */
	for (int i = 0; good && i < 4; i++)
		good = step(&at, end, false);
	return good ? d2i_X509_NAME(NULL, &at, end - at) : NULL;
}

static bool
is_certificate(const char *label)
{
	return strcmp(label, PEM_STRING_X509) == 0 ||
	       strcmp(label, PEM_STRING_X509_OLD) == 0 ||
	       strcmp(label, PEM_STRING_X509_TRUSTED) == 0;
}

static bool
add_block(
    struct bundle *bundle, const struct pem_block *block, struct fail *fail)
{
	CLEANUP(ossl_bio_free)
	BIO *bio = BIO_new_mem_buf(block->text.data, (int)block->text.len);
	char *label = NULL, *header = NULL;
	struct item item = {0};

	if (bio == NULL || !array_grow(&bundle->items, bundle->count,
			       &bundle->cap, sizeof(*bundle->items)))
		return fail_memory(fail);
	if (PEM_read_bio(bio, &label, &header, &item.der, &item.len) == 1)
		item.subject = find_subject(item.der, item.len);
	OPENSSL_free(label);
	OPENSSL_free(header);
	if (item.subject == NULL) {
		OPENSSL_free(item.der);
		return fail_set(fail, FAIL_INPUT,
		    "line %zu: the certificate cannot be read: %s", block->line,
		    ossl_reason());
	}
	bundle->items[bundle->count++] = item;
	return true;
}

static bool
read_blocks(struct bundle *bundle, const struct buf *text, struct fail *fail)
{
	struct pem_reader reader = {.text = buf_text(text), .len = text->len};
	bool end = false;

	while (!end) {
		CLEANUP(pem_block_clear) struct pem_block block = {0};

		if (!pem_next(&reader, &block, &end, fail) ||
		    (!end && is_certificate(block.label) &&
			!add_block(bundle, &block, fail)))
			return false;
	}
	return bundle->count > 0 ||
	       fail_set(fail, FAIL_INPUT, "holds no certificate");
}

/* --- finding -------------------------------------------------------------- */

/* A damaged one costs itself alone. */
static bool
hand_over(struct item *item, X509_STORE *store)
{
	const unsigned char *at = item->der;

	item->is_decoded = true;
	item->x509 = d2i_X509_AUX(NULL, &at, item->len);
	return item->x509 != NULL &&
	       X509_STORE_add_cert(store, item->x509) == 1;
}

/* X509_LOOKUP_get_by_subject_fn: all of the subject go to the store, which
 * searches itself then. */
static int
on_subject(X509_LOOKUP *lookup, X509_LOOKUP_TYPE type, const X509_NAME *name,
    X509_OBJECT *found)
{
	struct bundle *bundle = X509_LOOKUP_get_method_data(lookup);
	X509 *first = NULL;

	for (size_t i = 0; type == X509_LU_X509 && i < bundle->count; i++) {
		struct item *item = &bundle->items[i];

		if (!item->is_decoded &&
		    X509_NAME_cmp(item->subject, name) == 0 &&
		    hand_over(item, X509_LOOKUP_get_store(lookup)) &&
		    first == NULL)
			first = item->x509;
	}
	if (first == NULL || X509_OBJECT_set1_X509(found, first) != 1)
		return 0;
	/* The caller takes one more. */
	X509_free(first);
	return 1;
}

static bool
attach(struct bundle *bundle, X509_STORE *store)
{
	X509_LOOKUP *lookup;

	bundle->method = X509_LOOKUP_meth_new("certupload bundle");
	if (bundle->method == NULL || X509_LOOKUP_meth_set_get_by_subject(
					  bundle->method, on_subject) != 1)
		return false;
	lookup = X509_STORE_add_lookup(store, bundle->method);
	return lookup != NULL &&
	       X509_LOOKUP_set_method_data(lookup, bundle) == 1;
}

struct bundle *
bundle_open(const char *file, X509_STORE *store, struct fail *fail)
{
	CLEANUP(buf_clear) struct buf text = {.max = MAX_FILE};
	struct bundle *bundle;

	if (!file_read(file, &text, NULL, fail))
		return NULL;
	if ((bundle = mem_calloc(1, sizeof(*bundle))) == NULL) {
		fail_memory(fail);
		return NULL;
	}
	if (!read_blocks(bundle, &text, fail))
		fail_in(fail, "%s", file_name(file));
	else if (attach(bundle, store))
		return bundle;
	else
		fail_memory(fail);
	bundle_close(&bundle);
	return NULL;
}

void
bundle_close(struct bundle **bundle)
{
	if (*bundle == NULL)
		return;
	for (size_t i = 0; i < (*bundle)->count; i++) {
		X509_NAME_free((*bundle)->items[i].subject);
		X509_free((*bundle)->items[i].x509);
		OPENSSL_free((*bundle)->items[i].der);
	}
	mem_free((*bundle)->items);
	X509_LOOKUP_meth_free((*bundle)->method);
	mem_free(*bundle);
	*bundle = NULL;
}
