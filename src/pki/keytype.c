#include "pki/keytype.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/objects.h>
#include <stdio.h>
#include <string.h>

/* HAProxy refuses fewer bits; more keep the balancer's reader busy for
 * minutes. */
#define RSA_LEAST 2048
#define RSA_MOST 8192

/* OpenSSL's names of the curves of RFC 8446 section 4.2.7. */
static const struct {
	const char *group, *shown;
} curves[] = {
    {"prime256v1", "P-256"},
    {"secp384r1", "P-384"},
    {"secp521r1", "P-521"},
};

static const char *
curve_of(const EVP_PKEY *key, char group[64])
{
	if (EVP_PKEY_get_utf8_string_param(
		key, OSSL_PKEY_PARAM_GROUP_NAME, group, 64, NULL) != 1)
		return NULL;
	for (size_t i = 0; i < COUNTOF(curves); i++)
		if (strcmp(group, curves[i].group) == 0)
			return curves[i].shown;
	return NULL;
}

/* No client takes a curve that is written out as parameters. */
static bool
has_named_curve(const EVP_PKEY *key)
{
	char encoding[32] = "";

	return EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_EC_ENCODING,
		   encoding, sizeof(encoding), NULL) == 1 &&
	       strcmp(encoding, "named_curve") == 0;
}

void
keytype_describe(const EVP_PKEY *key, struct keytype *type)
{
	const char *name = EVP_PKEY_get0_type_name(key);
	char group[64] = "";
	const char *curve;

	type->algorithm = name == NULL ? "unknown" : name;
	type->bits = EVP_PKEY_get_bits(key);
	if (EVP_PKEY_is_a(key, "EC")) {
		curve = curve_of(key, group);
		snprintf(type->shown, sizeof(type->shown), "EC %s",
		    curve != NULL ? curve : group);
	} else if (EVP_PKEY_is_a(key, "RSA") || EVP_PKEY_is_a(key, "RSA-PSS")) {
		snprintf(type->shown, sizeof(type->shown), "%s %d",
		    type->algorithm, type->bits);
	} else {
		snprintf(
		    type->shown, sizeof(type->shown), "%s", type->algorithm);
	}
}

bool
keytype_check(const EVP_PKEY *key, struct fail *fail)
{
	struct keytype type;
	char group[64];

	keytype_describe(key, &type);
	if (EVP_PKEY_is_a(key, "EC") && !has_named_curve(key)) {
		fail_set(fail, FAIL_INPUT,
		    "the key's curve is written out as explicit parameters");
		return fail_hint(fail,
		    "make a key with a named curve, and have a certificate "
		    "issued for it");
	}
	if (EVP_PKEY_is_a(key, "RSA") && type.bits >= RSA_LEAST &&
	    type.bits <= RSA_MOST)
		return true;
	if (EVP_PKEY_is_a(key, "EC") && curve_of(key, group) != NULL)
		return true;
	fail_set(fail, FAIL_INPUT,
	    "the load balancer cannot use a key of type "
	    "%s",
	    type.shown);
	return fail_hint(fail,
	    "use RSA %d to %d, P-256, P-384 or P-521, or --allow-key-type",
	    RSA_LEAST, RSA_MOST);
}
