/* What DER (X.690) demands beyond BER. Pure. */
#ifndef PKI_DER_H
#define PKI_DER_H

#include "base/defs.h"

/*
 * Are the BOOLEANs and SETs of a certificate, or of a part of it, encoded as
 * DER? OpenSSL hands them out as it has read them. What is no ASN.1 passes.
 */
bool der_is_strict(const unsigned char *at, size_t len);

#endif
