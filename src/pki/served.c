#include "pki/served.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "pki/cert.h"
#include "pki/names.h"

/* Digits of a fingerprint that people compare, with the NUL. */
#define SHORT_SIZE 17

static bool
fingerprint(X509 *x509, unsigned char print[CHAIN_FINGERPRINT_SIZE])
{
	return X509_digest(x509, EVP_sha256(), print, NULL) == 1;
}

bool
served_want_make(
    const struct chain *chain, struct served_want *want, struct fail *fail)
{
	bool good = fingerprint(chain->leaf, want->prints[0]);

	for (size_t i = 0; good && i < chain->issuer_count; i++)
		good = fingerprint(chain->issuers[i], want->prints[i + 1]);
	want->count = 1 + chain->issuer_count;
	return good || ossl_failed(fail, "fingerprint");
}

/* All that can be read, or NULL. */
static STACK_OF(X509) * read_all(const struct buf *pem)
{
	CLEANUP(ossl_bio_free)
	BIO *bio = BIO_new_mem_buf(buf_text(pem), (int)pem->len);
	STACK_OF(X509) *certs = sk_X509_new_null();
	X509 *x509 = NULL;

	while (bio != NULL && certs != NULL &&
	       (x509 = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL &&
	       sk_X509_push(certs, x509) > 0)
		x509 = NULL;
	X509_free(x509);
	ERR_clear_error(); /* the end of the text is an error to OpenSSL */
	return certs;
}

static bool
is_wanted(const struct served_want *want, size_t index, X509 *x509)
{
	unsigned char print[CHAIN_FINGERPRINT_SIZE];

	return index < want->count && fingerprint(x509, print) &&
	       memcmp(print, want->prints[index], sizeof(print)) == 0;
}

/* May the certificate behind all that were wanted be there? */
static bool
is_allowed(const struct served_want *want, STACK_OF(X509) * certs)
{
	X509 *last = sk_X509_value(certs, (int)want->count - 1);
	X509 *extra = sk_X509_value(certs, (int)want->count);

	return (cert_is_root(extra) && cert_is_issued(last, extra)) ||
	       (want->count == 1 && is_wanted(want, 0, extra));
}

static bool
is_right(const struct served_want *want, STACK_OF(X509) * certs)
{
	size_t count = (size_t)sk_X509_num(certs);

	if (count != want->count &&
	    (count != want->count + 1 || !is_allowed(want, certs)))
		return false;
	for (size_t i = 0; i < want->count; i++)
		if (!is_wanted(want, i, sk_X509_value(certs, (int)i)))
			return false;
	return true;
}

static void
describe_other(
    const struct served_want *want, X509 *leaf, char *text, size_t size)
{
	unsigned char print[CHAIN_FINGERPRINT_SIZE] = {0};
	char subject[256], end[CLOCK_ISO_SIZE];
	char served[SHORT_SIZE], wanted[SHORT_SIZE];

	names_text(X509_get_subject_name(leaf), subject, sizeof(subject));
	clock_iso(cert_seconds(X509_get0_notAfter(leaf)), end);
	(void)fingerprint(leaf, print);
	text_hex(served, sizeof(served), print, sizeof(print));
	text_hex(wanted, sizeof(wanted), want->prints[0], sizeof(print));
	snprintf(text, size, "%s, valid until %.10s, fingerprint %s, not %s",
	    subject, end, served, wanted);
}

enum served_verdict
served_judge(const struct served_want *want, const struct buf *pem, char *text,
    size_t size)
{
	CLEANUP(ossl_certs_free) STACK_OF(X509) *certs = read_all(pem);

	text[0] = '\0';
	if (certs == NULL || sk_X509_num(certs) == 0) {
		snprintf(text, size, "no certificate that can be read");
		return SERVED_OTHER;
	}
	if (!is_wanted(want, 0, sk_X509_value(certs, 0))) {
		describe_other(want, sk_X509_value(certs, 0), text, size);
		return SERVED_OTHER;
	}
	if (is_right(want, certs))
		return SERVED_RIGHT;
	snprintf(text, size,
	    "the certificate with other issuers or in another order: %d "
	    "behind it, %zu uploaded",
	    sk_X509_num(certs) - 1, want->count - 1);
	return SERVED_CHAIN;
}
