#include "pki/aia.h"

#include <openssl/err.h>
#include <strings.h>

static bool
is_usable(const char *url, size_t len)
{
	if (len > AIA_LENGTH || (strncasecmp(url, "http://", 7) != 0 &&
				    strncasecmp(url, "https://", 8) != 0))
		return false;
	for (size_t i = 0; i < len; i++)
		if (url[i] <= ' ' || url[i] > '~')
			return false;
	return true;
}

static bool
add(const ACCESS_DESCRIPTION *access, struct buf *urls, unsigned *count,
    struct fail *fail)
{
	const ASN1_STRING *text;
	const char *url;
	size_t len;

	if (OBJ_obj2nid(access->method) != NID_ad_ca_issuers ||
	    access->location->type != GEN_URI)
		return true;
	text = access->location->d.uniformResourceIdentifier;
	url = (const char *)ASN1_STRING_get0_data(text);
	len = (size_t)ASN1_STRING_length(text);
	if (*count == AIA_MOST || !is_usable(url, len))
		return true;
	++*count;
	return buf_printf(urls, fail, "%.*s\n", (int)len, url);
}

bool
aia_list(X509 *x509, struct buf *urls, struct fail *fail)
{
	CLEANUP(ossl_aia_free)
	AUTHORITY_INFO_ACCESS *aia =
	    X509_get_ext_d2i(x509, NID_info_access, NULL, NULL);
	unsigned count = 0;
	bool good = true;

	for (int i = 0; good && i < sk_ACCESS_DESCRIPTION_num(aia); i++)
		good = add(
		    sk_ACCESS_DESCRIPTION_value(aia, i), urls, &count, fail);
	ERR_clear_error();
	if (!good)
		buf_clear(urls);
	return good;
}
