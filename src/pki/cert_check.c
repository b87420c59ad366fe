#include "pki/cert_check.h"

#include "pki/der.h"
#include "pki/extensions.h"

static bool
check_version(const X509 *x509, struct fail *fail)
{
	long version = X509_get_version(x509);

	if (version == X509_VERSION_1 || version == X509_VERSION_3)
		return true;
	fail_set(fail, FAIL_INPUT, "is an X.509 certificate of version %ld",
	    version + 1);
	return fail_hint(
	    fail, "have it issued as version 3: the load balancer refuses it");
}

static bool
check_name(const X509_NAME *name, const char *whose, struct fail *fail)
{
	const unsigned char *der;
	size_t len;

	if (X509_NAME_get0_der(name, &der, &len) != 1)
		return ossl_failed(fail, "name");
	if (der_is_strict(der, len))
		return true;
	fail_set(fail, FAIL_INPUT, "the name of its %s is not encoded as DER",
	    whose);
	return fail_hint(fail,
	    "have the certificate issued again: the load balancer refuses it");
}

bool
cert_check(X509 *x509, struct fail *fail)
{
	return check_version(x509, fail) &&
	       check_name(X509_get_subject_name(x509), "subject", fail) &&
	       check_name(X509_get_issuer_name(x509), "issuer", fail) &&
	       extensions_check_marks(x509, fail);
}

static bool
is_printable(const X509_NAME *name)
{
	for (int i = 0; i < X509_NAME_entry_count(name); i++) {
		const ASN1_STRING *string =
		    X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, i));

		if (ASN1_STRING_type(string) == V_ASN1_PRINTABLESTRING &&
		    ASN1_PRINTABLE_type(ASN1_STRING_get0_data(string),
			ASN1_STRING_length(string)) != V_ASN1_PRINTABLESTRING)
			return false;
	}
	return true;
}

bool
cert_names_are_printable(X509 *x509)
{
	return is_printable(X509_get_subject_name(x509)) &&
	       is_printable(X509_get_issuer_name(x509));
}
