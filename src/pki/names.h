/* Distinguished names (RFC 5280 section 4.1.2.4) as text. */
#ifndef PKI_NAMES_H
#define PKI_NAMES_H

#include "pki/ossl.h"

/* `name` as RFC 2253 writes it, clean, cut to `size`. */
void names_text(const X509_NAME *name, char *text, size_t size);

/* Python's cryptography, and with it the load balancer, takes all strings for
 * UTF-8 but those of 16 and 32 bits, even where they are Latin-1. */
bool names_string_is_utf8(const ASN1_STRING *string);
bool names_are_utf8(const X509_NAME *name);

#endif
