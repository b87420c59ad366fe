#include "pki/extensions.h"

#include <openssl/err.h>
#include <stdio.h>
#include <string.h>

/* Nested deeper, no extension is one that is known. */
#define MOST_LEVELS 16

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
	    "have the certificate issued again: the load balancer refuses it");
}

/* --- encoding ------------------------------------------------------------- */

/* Every BOOLEAN of an extension is FALSE by default: DER leaves that out, and
 * writes TRUE as 255. OpenSSL keeps what it has read. */
static bool
has_der_booleans(const unsigned char *at, size_t len, int levels)
{
	const unsigned char *end = at + len;

	while (at < end) {
		long inside;
		int tag, class;
		int kind =
		    ASN1_get_object(&at, &inside, &tag, &class, end - at);

		/* What is no ASN.1 at all is for the decoder to say. */
		if ((kind & 0x81) != 0)
			return true;
		if (class == V_ASN1_UNIVERSAL && tag == V_ASN1_BOOLEAN &&
		    (inside != 1 || *at != 0xff))
			return false;
		if ((kind & V_ASN1_CONSTRUCTED) && levels > 0 &&
		    !has_der_booleans(at, (size_t)inside, levels - 1))
			return false;
		at += inside;
	}
	return true;
}

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
judge_names(const void *decoded)
{
	const GENERAL_NAMES *names = decoded;

	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
		int len = name->type == GEN_IPADD
			      ? ASN1_STRING_length(name->d.ip)
			      : 0;

		if (name->type == GEN_IPADD && len != 4 && len != 16)
			return "holds an address that is none";
		if (name->type == GEN_X400 || name->type == GEN_EDIPARTY)
			return "holds a name of a kind that nobody uses";
	}
	return NULL;
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
	return NULL;
}

static const struct {
	int nid;
	const char *(*judge)(const void *decoded);
} judges[] = {
    {NID_basic_constraints, judge_constraints},
    {NID_key_usage, judge_usage},
    {NID_subject_alt_name, judge_names},
    {NID_issuer_alt_name, judge_names},
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
	if (!has_der_booleans(
		at, (size_t)ASN1_STRING_length(value), MOST_LEVELS))
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

/* Its criticality is no BOOLEAN that OpenSSL hands out as it was read. */
static bool
is_marked_as_der(X509_EXTENSION *extension)
{
	unsigned char *der = NULL;
	int len = i2d_X509_EXTENSION(extension, &der);
	bool good = len > 0 && has_der_booleans(der, (size_t)len, MOST_LEVELS);

	OPENSSL_free(der);
	return good;
}

static bool
is_version_2(const X509 *leaf, struct fail *fail)
{
	if (X509_get_version(leaf) != X509_VERSION_2)
		return false;
	fail_set(fail, FAIL_INPUT, "is an X.509 certificate of version 2");
	fail_hint(
	    fail, "have it issued as version 3: the load balancer refuses it");
	return true;
}

bool
extensions_check(X509 *leaf, struct fail *fail)
{
	int count = X509_get_ext_count(leaf);

	if (is_version_2(leaf, fail))
		return false;
	for (int i = 0; i < count; i++) {
		X509_EXTENSION *extension = X509_get_ext(leaf, i);
		const char *fault = find_fault(extension);

		if (X509_get_ext_by_OBJ(
			leaf, X509_EXTENSION_get_object(extension), -1) != i)
			return refuse(fail, extension, "is there twice");
		if (fault != NULL)
			return refuse(fail, extension, fault);
		if (!is_marked_as_der(extension))
			return refuse(fail, extension, "is not encoded as DER");
	}
	ERR_clear_error();
	return true;
}
