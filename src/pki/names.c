#include "pki/names.h"

#include "base/text.h"

void
names_text(const X509_NAME *name, char *text, size_t size)
{
	CLEANUP(ossl_bio_free) BIO *bio = BIO_new(BIO_s_mem());
	char *bytes = NULL;
	long len = 0;

	/* UTF-8 as it is: text_clean knows what disturbs. */
	if (bio != NULL &&
	    X509_NAME_print_ex(bio, name, 0,
		XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB) >= 0)
		len = BIO_get_mem_data(bio, &bytes);
	text_clean(text, size, bytes == NULL ? "" : bytes, (size_t)len);
}

bool
names_string_is_utf8(const ASN1_STRING *string)
{
	int type = ASN1_STRING_type(string);

	return type == V_ASN1_BMPSTRING || type == V_ASN1_UNIVERSALSTRING ||
	       type == V_ASN1_BIT_STRING ||
	       text_is_utf8((const char *)ASN1_STRING_get0_data(string),
		   (size_t)ASN1_STRING_length(string));
}

bool
names_are_utf8(const X509_NAME *name)
{
	for (int i = 0; i < X509_NAME_entry_count(name); i++)
		if (!names_string_is_utf8(
			X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, i))))
			return false;
	return true;
}
