#include "pki/proof.h"

#include <openssl/err.h>

#include "base/text.h"
#include "pki/names.h"

static void
find_url(X509 *x509, char *url, size_t size)
{
	CLEANUP(ossl_aia_free)
	AUTHORITY_INFO_ACCESS *aia =
	    X509_get_ext_d2i(x509, NID_info_access, NULL, NULL);

	url[0] = '\0';
	for (int i = 0; i < sk_ACCESS_DESCRIPTION_num(aia); i++) {
		const ACCESS_DESCRIPTION *access =
		    sk_ACCESS_DESCRIPTION_value(aia, i);
		const ASN1_STRING *text;

		if (OBJ_obj2nid(access->method) != NID_ad_ca_issuers ||
		    access->location->type != GEN_URI)
			continue;
		text = access->location->d.uniformResourceIdentifier;
		text_clean(url, size, (const char *)ASN1_STRING_get0_data(text),
		    (size_t)ASN1_STRING_length(text));
		break;
	}
	ERR_clear_error();
}

void
proof_make(X509 *top, bool rooted, struct trust *trust, int64_t now,
    struct proof *proof)
{
	*proof = (struct proof){.verdict = PROOF_OFF};
	names_text(
	    X509_get_issuer_name(top), proof->issuer, sizeof(proof->issuer));
	if (!rooted)
		find_url(top, proof->url, sizeof(proof->url));
	if (trust == NULL)
		return;
	proof->verdict = trust_anchors(trust, top, now) ? PROOF_COMPLETE
			 : rooted                       ? PROOF_PRIVATE
							: PROOF_GAP;
}

const char *
proof_word(enum proof_verdict verdict)
{
	static const char *const words[] = {
	    [PROOF_OFF] = "not proved",
	    [PROOF_COMPLETE] = "complete",
	    [PROOF_PRIVATE] = "private root",
	    [PROOF_GAP] = "incomplete",
	};

	return words[verdict];
}
