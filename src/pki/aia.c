#include "pki/aia.h"
#include "base/text.h"
#include <openssl/err.h>
bool
aia_list(X509 *x509, struct buf *urls, struct fail *fail)
{
	CLEANUP(ossl_aia_free)
	AUTHORITY_INFO_ACCESS *aia =
	    X509_get_ext_d2i(x509, NID_info_access, NULL, NULL);
	char url[512];

	for (int i = 0; i < sk_ACCESS_DESCRIPTION_num(aia); i++) {
		const ACCESS_DESCRIPTION *access =
		    sk_ACCESS_DESCRIPTION_value(aia, i);
		const ASN1_STRING *text;

		if (OBJ_obj2nid(access->method) != NID_ad_ca_issuers ||
		    access->location->type != GEN_URI)
			continue;
		text = access->location->d.uniformResourceIdentifier;
		text_clean(url, sizeof(url),
		    (const char *)ASN1_STRING_get0_data(text),
		    (size_t)ASN1_STRING_length(text));
		return buf_printf(urls, fail, "%s", url);
	}
	ERR_clear_error();
	return true;
}
