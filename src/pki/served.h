/* Is what an address serves what was uploaded? Pure. */
#ifndef PKI_SERVED_H
#define PKI_SERVED_H

#include "pki/chain.h"

/* SHA-256 of the DER: of the leaf, then of each issuer sent, in order. */
struct served_want {
	unsigned char prints[1 + CHAIN_MAX_ISSUERS][CHAIN_FINGERPRINT_SIZE];
	size_t count;
};

enum served_verdict {
	SERVED_RIGHT, /* leaf and issuers, in order */
	SERVED_CHAIN, /* the leaf with other issuers, or in another order */
	SERVED_OTHER, /* another leaf, or nothing that can be read */
};

/* What `chain` should look like from outside. FAIL_INTERNAL. */
bool served_want_make(const struct chain *chain, struct served_want *want,
    struct fail *fail) MUST_CHECK;

/*
 * Judge the certificates in `pem` as they were served, leaf first. One more
 * may end them: the root above, or the leaf again where it has no issuers
 * (as pemout_make sends it). `text` is "" or says what is wrong, clean: for
 * another leaf its subject, end and fingerprint, and the one wanted.
 */
enum served_verdict served_judge(const struct served_want *want,
    const struct buf *pem, char *text, size_t size) MUST_CHECK;

#endif
