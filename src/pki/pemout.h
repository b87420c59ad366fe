/* PEM texts (RFC 7468) of what a server needs, as the API takes them. The
 * texts of the key are freed wiped like every block (base/mem). */
#ifndef PKI_PEMOUT_H
#define PKI_PEMOUT_H

#include "pki/chain.h"

/* {0} before, and cleared after. */
struct pemout {
	struct buf leaf;    /* CERTIFICATE */
	struct buf key;     /* PRIVATE KEY: PKCS#8 (RFC 5958), not encrypted */
	struct buf issuers; /* CERTIFICATEs, the leaf's issuer first */
};

/*
 * Write `chain` in the empty `out`. All three are never empty: the API wants
 * a chain, and takes the certificate itself for one that has no issuers
 * (Gcore's add-certificates-to-load-balancer page). FAIL_INTERNAL.
 */
bool pemout_make(const struct chain *chain, struct pemout *out,
    struct fail *fail) MUST_CHECK;
void pemout_clear(struct pemout *out);

#endif
