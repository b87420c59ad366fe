#include "pki/der.h"

#include <openssl/asn1.h>
#include <string.h>

/* Nested deeper, no part of a certificate is one that is known. */
#define MOST_LEVELS 16

struct value {
	const unsigned char *at;
	size_t len;
};

/* Section 11.6: the elements of a SET OF ascend. No element begins with
 * another, as its length says where it ends. */
static bool
is_after(const struct value *value, const struct value *last)
{
	size_t len = value->len < last->len ? value->len : last->len;

	return last->at == NULL || memcmp(value->at, last->at, len) >= 0;
}

/* All BOOLEANs of certificates are FALSE by default: DER leaves that out, and
 * writes TRUE as 255. */
static bool
is_strict(const unsigned char *at, size_t len, bool in_set, int levels)
{
	const unsigned char *end = at + len;
	struct value last = {0};

	while (at < end) {
		struct value value = {.at = at};
		long inside;
		int tag, class;
		int kind =
		    ASN1_get_object(&at, &inside, &tag, &class, end - at);
		bool universal = class == V_ASN1_UNIVERSAL;

		/* What is no ASN.1 at all is for the decoder to say. */
		if ((kind & 0x81) != 0)
			return true;
		if (universal && tag == V_ASN1_BOOLEAN &&
		    (inside != 1 || *at != 0xff))
			return false;
		if ((kind & V_ASN1_CONSTRUCTED) && levels > 0 &&
		    !is_strict(at, (size_t)inside,
			universal && tag == V_ASN1_SET, levels - 1))
			return false;
		at += inside;
		value.len = (size_t)(at - value.at);
		if (in_set && !is_after(&value, &last))
			return false;
		last = value;
	}
	return true;
}

bool
der_is_strict(const unsigned char *at, size_t len)
{
	return is_strict(at, len, false, MOST_LEVELS);
}
