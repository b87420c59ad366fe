/* What a load balancer needs of each certificate, leaf or issuer. Pure. */
#ifndef PKI_CERT_CHECK_H
#define PKI_CERT_CHECK_H

#include "pki/ossl.h"

/*
 * The load balancer reads all certificates that are sent, and refuses them all
 * for one that it cannot read. FAIL_INPUT: of an unknown version, or its names
 * or the criticality of its extensions are no DER; the caller says which.
 */
bool cert_check(X509 *x509, struct fail *fail) MUST_CHECK;

/* Do the PrintableStrings of its names hold what they may (X.680 section
 * 41.4)? CERT_MISPRINTED says what happens otherwise. */
bool cert_names_are_printable(X509 *x509);
#define CERT_MISPRINTED                                                        \
	"has a name with characters such as * or & in a PrintableString, "     \
	"which newer load balancers refuse"

#endif
