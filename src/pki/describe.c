/* chain_describe: a certificate in words. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "pki/cert.h"
#include "pki/chain.h"
#include "pki/keytype.h"
#include "pki/names.h"

/* One subject alternative name (RFC 5280 section 4.2.1.6), or "". */
static void
alternative(const GENERAL_NAME *name, char *text, size_t size)
{
	const unsigned char *bytes;
	int len;

	text[0] = '\0';
	if (name->type != GEN_DNS && name->type != GEN_IPADD)
		return;
	bytes = ASN1_STRING_get0_data(name->d.ia5);
	len = ASN1_STRING_length(name->d.ia5);
	if (name->type == GEN_DNS)
		text_clean(text, size, (const char *)bytes, (size_t)len);
	else if (len == 4 || len == 16)
		inet_ntop(len == 4 ? AF_INET : AF_INET6, bytes, text,
		    (socklen_t)size);
}

static bool
add_names(X509 *x509, struct buf *list, struct fail *fail)
{
	CLEANUP(ossl_names_free)
	GENERAL_NAMES *names =
	    X509_get_ext_d2i(x509, NID_subject_alt_name, NULL, NULL);

	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		char text[264];

		alternative(
		    sk_GENERAL_NAME_value(names, i), text, sizeof(text));
		if (text[0] != '\0' && !buf_printf(list, fail, "%s\n", text))
			return false;
	}
	return true;
}

void
chain_info_clear(struct chain_info *info)
{
	buf_clear(&info->names);
}

bool
chain_describe(const struct chain *chain, size_t index, struct chain_info *info,
    struct fail *fail)
{
	X509 *x509 = index == 0 ? chain->leaf : chain->issuers[index - 1];
	const ASN1_INTEGER *serial = X509_get0_serialNumber(x509);
	EVP_PKEY *key = X509_get0_pubkey(x509);
	unsigned char sha256[32];
	struct keytype type;

	*info = (struct chain_info){
	    .not_before = cert_seconds(X509_get0_notBefore(x509)),
	    .not_after = cert_seconds(X509_get0_notAfter(x509))};
	if (X509_digest(x509, EVP_sha256(), sha256, NULL) != 1)
		return ossl_failed(fail, "fingerprint");
	text_hex(info->sha256, sizeof(info->sha256), sha256, sizeof(sha256));
	text_hex(info->serial, sizeof(info->serial),
	    ASN1_STRING_get0_data(serial), (size_t)ASN1_STRING_length(serial));
	names_text(
	    X509_get_subject_name(x509), info->subject, sizeof(info->subject));
	names_text(
	    X509_get_issuer_name(x509), info->issuer, sizeof(info->issuer));
	if (key != NULL) {
		keytype_describe(key, &type);
		memcpy(info->key, type.shown, sizeof(info->key));
	}
	return add_names(x509, &info->names, fail) && ossl_had_memory(fail);
}
