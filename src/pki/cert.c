#include "pki/cert.h"

#include <openssl/err.h>
#include <time.h>

int64_t
cert_seconds(const ASN1_TIME *time)
{
	struct tm tm;

	if (ASN1_TIME_to_tm(time, &tm) != 1)
		return INT64_MIN;
	return timegm(&tm);
}

bool
cert_is_valid(const X509 *x509, int64_t now)
{
	return cert_seconds(X509_get0_notBefore(x509)) <= now &&
	       now <= cert_seconds(X509_get0_notAfter(x509));
}

bool
cert_is_same_ca(X509 *one, X509 *other)
{
	return X509_NAME_cmp(X509_get_subject_name(one),
		   X509_get_subject_name(other)) == 0 &&
	       EVP_PKEY_eq(X509_get0_pubkey(one), X509_get0_pubkey(other)) == 1;
}

bool
cert_may_be_issued(X509 *x509, X509 *issuer, bool *malformed)
{
	int error;

	/* Most have another name, which is quickly seen. */
	if (X509_NAME_cmp(
		X509_get_issuer_name(x509), X509_get_subject_name(issuer)) != 0)
		return false;
	error = X509_check_issued(issuer, x509);
	ERR_clear_error();
	if (error == X509_V_ERR_UNSPECIFIED && malformed != NULL)
		*malformed = true;
	return error == X509_V_OK || error == X509_V_ERR_KEYUSAGE_NO_CERTSIGN;
}

enum cert_signed
cert_signed_by(X509 *x509, X509 *issuer)
{
	EVP_PKEY *key = X509_get0_pubkey(issuer);
	int good = key == NULL ? -1 : X509_verify(x509, key);

	if (good < 0)
		return CERT_UNCHECKED;
	ERR_clear_error();
	return good == 1 ? CERT_SIGNED : CERT_NOT_SIGNED;
}

bool
cert_is_issued(X509 *x509, X509 *issuer)
{
	bool good = X509_check_issued(issuer, x509) == X509_V_OK &&
		    cert_signed_by(x509, issuer) == CERT_SIGNED;

	ERR_clear_error();
	return good;
}

bool
cert_is_root(X509 *x509)
{
	return cert_is_issued(x509, x509);
}
