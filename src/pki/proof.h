/* Will clients find their way from the certificates served to a trust
 * anchor? */
#ifndef PKI_PROOF_H
#define PKI_PROOF_H

#include "pki/trust.h"

enum proof_verdict {
	PROOF_OFF,      /* nobody asked, or there is no trust store */
	PROOF_COMPLETE, /* the topmost certificate was issued by an anchor */
	PROOF_PRIVATE,  /* complete up to a root that is no anchor here */
	PROOF_GAP,      /* the issuer of the topmost one is neither */
};

struct proof {
	enum proof_verdict verdict;
	char issuer[256]; /* of the topmost certificate, clean */
	char url[512];    /* where it says its issuer is (RFC 5280 section
			     4.2.2.1: caIssuers), clean; or "" */
};

/*
 * Judge `top`, the topmost certificate served. `rooted`: its root was found
 * in the files, or it is one itself. `trust` may be NULL.
 */
void proof_make(X509 *top, bool rooted, struct trust *trust, int64_t now,
    struct proof *proof);

/* "complete", "private root", ... */
const char *proof_word(enum proof_verdict verdict);

#endif
