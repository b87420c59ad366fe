/* Distinguished names (RFC 5280 section 4.1.2.4) for people. */
#ifndef PKI_NAMES_H
#define PKI_NAMES_H

#include "pki/ossl.h"

/* `name` as RFC 2253 writes it, clean, cut to `size`. */
void names_text(const X509_NAME *name, char *text, size_t size);

#endif
