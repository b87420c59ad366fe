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
