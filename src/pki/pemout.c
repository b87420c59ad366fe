#include "pki/pemout.h"

#include <openssl/pem.h>

/* Memory that OpenSSL takes and frees through base/mem, wiped. */
static bool
take(BIO *bio, bool written, struct buf *text, struct fail *fail)
{
	char *bytes;
	long len;

	if (!written || (len = BIO_get_mem_data(bio, &bytes)) <= 0)
		return ossl_failed(fail, "PEM");
	return buf_append(text, bytes, (size_t)len, fail);
}

static bool
write_certificate(X509 *x509, struct buf *text, struct fail *fail)
{
	CLEANUP(ossl_bio_free) BIO *bio = BIO_new(BIO_s_mem());

	return take(
	    bio, bio != NULL && PEM_write_bio_X509(bio, x509) == 1, text, fail);
}

static bool
write_key(EVP_PKEY *key, struct buf *text, struct fail *fail)
{
	CLEANUP(ossl_bio_free) BIO *bio = BIO_new(BIO_s_mem());

	return take(bio,
	    bio != NULL && PEM_write_bio_PKCS8PrivateKey(
			       bio, key, NULL, NULL, 0, NULL, NULL) == 1,
	    text, fail);
}

bool
pemout_make(const struct chain *chain, struct pemout *out, struct fail *fail)
{
	if (!write_certificate(chain->leaf, &out->leaf, fail) ||
	    !write_key(chain->key, &out->key, fail))
		return false;
	for (size_t i = 0; i < chain->issuer_count; i++)
		if (!write_certificate(chain->issuers[i], &out->issuers, fail))
			return false;
	return (chain->issuer_count > 0 ||
		   write_certificate(chain->leaf, &out->issuers, fail)) &&
	       ossl_had_memory(fail);
}

void
pemout_clear(struct pemout *out)
{
	buf_clear(&out->leaf);
	buf_clear(&out->key);
	buf_clear(&out->issuers);
}
