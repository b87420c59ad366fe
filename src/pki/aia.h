#ifndef PKI_AIA_H
#define PKI_AIA_H
#include "base/buf.h"
#include "pki/ossl.h"
bool aia_list(X509 *x509, struct buf *urls, struct fail *fail) MUST_CHECK;
#endif
