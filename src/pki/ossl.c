#include "pki/ossl.h"

#include <openssl/err.h>

#include "base/mem.h"

/* NOLINTBEGIN(bugprone-macro-parentheses): a type takes none. */
#define FREE(name, type, function)                                             \
	void name(type **object)                                               \
	{                                                                      \
		function(*object);                                             \
		*object = NULL;                                                \
	}
/* NOLINTEND(bugprone-macro-parentheses) */

FREE(ossl_bio_free, BIO, BIO_free_all)
FREE(ossl_key_free, EVP_PKEY, EVP_PKEY_free)
FREE(ossl_cert_free, X509, X509_free)
FREE(ossl_stack_free, STACK_OF(X509), sk_X509_free)
FREE(ossl_p12_free, PKCS12, PKCS12_free)
FREE(ossl_p7_free, PKCS7, PKCS7_free)
FREE(ossl_aia_free, AUTHORITY_INFO_ACCESS, AUTHORITY_INFO_ACCESS_free)
FREE(ossl_names_free, GENERAL_NAMES, GENERAL_NAMES_free)

void
ossl_certs_free(STACK_OF(X509) * *certs)
{
	sk_X509_pop_free(*certs, X509_free);
	*certs = NULL;
}

const char *
ossl_reason(void)
{
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());

	ERR_clear_error();
	return reason == NULL ? "unknown reason" : reason;
}

bool
ossl_had_memory(struct fail *fail)
{
	return !mem_failed() || fail_memory(fail);
}

bool
ossl_failed(struct fail *fail, const char *doing)
{
	return fail_set(
	    fail, FAIL_INTERNAL, "OpenSSL: %s: %s", doing, ossl_reason());
}
