#include "pki/extensions.h"

#include <openssl/err.h>
#include <stdio.h>
#include <string.h>

#include "pki/der.h"
#include "pki/names.h"

static bool
refuse(struct fail *fail, X509_EXTENSION *extension, const char *how)
{
	const ASN1_OBJECT *object = X509_EXTENSION_get_object(extension);
	char name[80];

	if (OBJ_obj2nid(object) != NID_undef)
		snprintf(
		    name, sizeof(name), "%s", OBJ_nid2sn(OBJ_obj2nid(object)));
	else
		OBJ_obj2txt(name, sizeof(name), object, 1);
	ERR_clear_error();
	fail_set(fail, FAIL_INPUT, "its extension %s %s", name, how);
	return fail_hint(fail,
	    "have the certificate issued again: the load balancer or clients "
	    "refuse it");
}

/* --- encoding ------------------------------------------------------------- */

/* Is the whole value what would be written again? */
static bool
is_der(const X509V3_EXT_METHOD *method, const ASN1_OCTET_STRING *value,
    const void *decoded)
{
	unsigned char *again = NULL;
	int len = ASN1_item_i2d(decoded, &again, ASN1_ITEM_ptr(method->it));
	bool same =
	    len == ASN1_STRING_length(value) &&
	    memcmp(again, ASN1_STRING_get0_data(value), (size_t)len) == 0;

	OPENSSL_free(again);
	return same;
}

/* --- what they say -------------------------------------------------------- */

static const char *
judge_constraints(const void *decoded)
{
	const BASIC_CONSTRAINTS *constraints = decoded;

	return constraints->pathlen != NULL && !constraints->ca
		   ? "has a path length, which only CAs have"
		   : NULL;
}

static bool
has_bit(const ASN1_BIT_STRING *bits, int number)
{
	return ASN1_BIT_STRING_get_bit(bits, number) == 1;
}

/* Bits of RFC 5280 section 4.2.1.3. */
static const char *
judge_usage(const void *decoded)
{
	enum { KEY_AGREEMENT = 4, ENCIPHER_ONLY = 7, DECIPHER_ONLY = 8 };
	const ASN1_BIT_STRING *bits = decoded;
	bool any = false;

	for (int i = 0; i <= DECIPHER_ONLY; i++)
		any = any || has_bit(bits, i);
	if (!any)
		return "allows nothing";
	if ((has_bit(bits, ENCIPHER_ONLY) || has_bit(bits, DECIPHER_ONLY)) &&
	    !has_bit(bits, KEY_AGREEMENT))
		return "has encipherOnly or decipherOnly without keyAgreement";
	return NULL;
}

static const char *
judge_name(const GENERAL_NAME *name)
{
	static const char no_text[] = "holds text that is not UTF-8";
	int len;

	switch (name->type) {
	case GEN_IPADD:
		len = ASN1_STRING_length(name->d.ip);
		return len == 4 || len == 16 ? NULL
					     : "holds an address that is none";
	case GEN_X400:
	case GEN_EDIPARTY:
		return "holds a name of a kind that nobody uses";
	case GEN_DNS:
	case GEN_EMAIL:
	case GEN_URI:
		return names_string_is_utf8(name->d.ia5) ? NULL : no_text;
	case GEN_DIRNAME:
		return names_are_utf8(name->d.directoryName) ? NULL : no_text;
	default:
		return NULL;
	}
}

static const char *
judge_names(const void *decoded)
{
	const GENERAL_NAMES *names = decoded;
	const char *fault = NULL;

	for (int i = 0; fault == NULL && i < sk_GENERAL_NAME_num(names); i++)
		fault = judge_name(sk_GENERAL_NAME_value(names, i));
	return fault;
}

static const char *
judge_access(const void *decoded)
{
	const AUTHORITY_INFO_ACCESS *list = decoded;
	const char *fault = NULL;

	for (int i = 0; fault == NULL && i < sk_ACCESS_DESCRIPTION_num(list);
	     i++)
		fault =
		    judge_name(sk_ACCESS_DESCRIPTION_value(list, i)->location);
	return fault;
}

static const char *
judge_points(const void *decoded)
{
	const CRL_DIST_POINTS *points = decoded;
	const char *fault = NULL;

	for (int i = 0; fault == NULL && i < sk_DIST_POINT_num(points); i++) {
		const DIST_POINT *point = sk_DIST_POINT_value(points, i);

		if (point->distpoint != NULL && point->distpoint->type == 0)
			fault = judge_names(point->distpoint->name.fullname);
		if (fault == NULL && point->CRLissuer != NULL)
			fault = judge_names(point->CRLissuer);
	}
	return fault;
}

static const char *
judge_authority(const void *decoded)
{
	const AUTHORITY_KEYID *authority = decoded;

	if ((authority->issuer == NULL) != (authority->serial == NULL))
		return "has an issuer or a serial number without the other";
	return authority->issuer == NULL ? NULL
					 : judge_names(authority->issuer);
}

/* Of RFC 7633; the numbers are those of TLS extensions. */
static const char *
judge_features(const void *decoded)
{
	enum { STATUS_REQUEST = 5, STATUS_REQUEST_V2 = 17 };
	const TLS_FEATURE *features = decoded;

	for (int i = 0; i < sk_ASN1_INTEGER_num(features); i++) {
		long number =
		    ASN1_INTEGER_get(sk_ASN1_INTEGER_value(features, i));

		if (number != STATUS_REQUEST && number != STATUS_REQUEST_V2)
			return "holds an unknown feature";
	}
	return sk_ASN1_INTEGER_num(features) == 0 ? "holds nothing" : NULL;
}

static const struct {
	int nid;
	const char *(*judge)(const void *decoded);
} judges[] = {
    {NID_basic_constraints, judge_constraints},
    {NID_key_usage, judge_usage},
    {NID_subject_alt_name, judge_names},
    {NID_issuer_alt_name, judge_names},
    {NID_info_access, judge_access},
    {NID_sinfo_access, judge_access},
    {NID_crl_distribution_points, judge_points},
    {NID_freshest_crl, judge_points},
    {NID_authority_key_identifier, judge_authority},
    {NID_tlsfeature, judge_features},
};

static const char *
judge(int nid, const void *decoded)
{
	for (size_t i = 0; i < COUNTOF(judges); i++)
		if (judges[i].nid == nid)
			return judges[i].judge(decoded);
	return NULL;
}

/* --- the whole ------------------------------------------------------------ */

/* What is wrong with it; NULL: nothing. */
static const char *
find_fault(X509_EXTENSION *extension)
{
	const ASN1_OCTET_STRING *value = X509_EXTENSION_get_data(extension);
	const unsigned char *at = ASN1_STRING_get0_data(value);
	const X509V3_EXT_METHOD *method = X509V3_EXT_get(extension);
	const char *fault;
	void *decoded;

	if (method == NULL)
		return NULL;
	if (!der_is_strict(at, (size_t)ASN1_STRING_length(value)))
		return "is not encoded as DER";
	if (method->it == NULL) {
		decoded = X509V3_EXT_d2i(extension);
		if (decoded != NULL)
			method->ext_free(decoded);
		return decoded == NULL ? "cannot be decoded" : NULL;
	}
	decoded = ASN1_item_d2i(
	    NULL, &at, ASN1_STRING_length(value), ASN1_ITEM_ptr(method->it));
	if (decoded == NULL)
		return "cannot be decoded";
	fault = is_der(method, value, decoded) ? judge(method->ext_nid, decoded)
					       : "is not encoded as DER";
	ASN1_item_free(decoded, ASN1_ITEM_ptr(method->it));
	return fault;
}

/* The whole extension, as OpenSSL hands out its criticality otherwise than it
 * was read. */
static bool
is_marked_as_der(X509_EXTENSION *extension)
{
	unsigned char *der = NULL;
	int len = i2d_X509_EXTENSION(extension, &der);
	bool good = len > 0 && der_is_strict(der, (size_t)len);

	OPENSSL_free(der);
	return good;
}

bool
extensions_check_marks(X509 *x509, struct fail *fail)
{
	int count = X509_get_ext_count(x509);

	for (int i = 0; i < count; i++)
		if (!is_marked_as_der(X509_get_ext(x509, i)))
			return refuse(fail, X509_get_ext(x509, i),
			    "is not encoded as DER");
	return true;
}

bool
extensions_check(X509 *leaf, struct fail *fail)
{
	int count = X509_get_ext_count(leaf);

	for (int i = 0; i < count; i++) {
		X509_EXTENSION *extension = X509_get_ext(leaf, i);
		const char *fault = find_fault(extension);

		if (X509_get_ext_by_OBJ(
			leaf, X509_EXTENSION_get_object(extension), -1) != i)
			return refuse(fail, extension, "is there twice");
		if (fault != NULL)
			return refuse(fail, extension, fault);
	}
	ERR_clear_error();
	return true;
}
