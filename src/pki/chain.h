/* Key and certificates as found -> what a server should send: the leaf, and its
 * issuers upward (RFC 8446 section 4.4.2), as clients accept them. Pure. */
#ifndef PKI_CHAIN_H
#define PKI_CHAIN_H

#include "pki/choice.h"

#define CHAIN_FINGERPRINT_SIZE 32

/* The root as well, if it is kept. */
#define CHAIN_MAX_ISSUERS (PATH_MOST + 1)

struct chain {
	EVP_PKEY *key;
	X509 *leaf;
	X509 *issuers[CHAIN_MAX_ISSUERS]; /* the leaf's issuer first; the root
					     only if it is kept */
	size_t issuer_count;

	/* SHA-256 over the DER of the leaf and of each issuer, in order. */
	unsigned char fingerprint[CHAIN_FINGERPRINT_SIZE];
	int64_t not_before, not_after; /* of the leaf, seconds */
	const char *algorithm;         /* of the key: "RSA", "EC", ... */
	int bits;
	char name[256]; /* first DNS name, else the CN, else ""; '*' written
			   "wildcard", lower case */

	enum proof_verdict verdict;
	bool lacks_issuer;  /* refused or warned of: PROOF_GAP */
	struct buf missing; /* refused for want of an issuer: where it may be
			       had, a line each */

	/* For people, a line each: what was left out, and what somebody may
	 * stumble over. */
	struct buf notes, warnings;
};

/* Does any certificate belong to the key? While an ACME client replaces the
 * files one after the other, none may. */
bool chain_fits(const struct cred *cred);

/*
 * Find the leaf by the key and choose the path above it (choice.h); leave out
 * what does not belong to it. FAIL_INPUT: no certificate fits the key; a key
 * the load balancer cannot use; what leaf_check refuses, or cert_check of an
 * issuer; what refusal_check refuses (chain->missing stays, to be cleared, and
 * chain->lacks_issuer).
 */
bool chain_build(const struct cred *cred, const struct chain_rules *rules,
    struct chain *chain, struct fail *fail) MUST_CHECK;

/* Free the private key alone: the bundle is made. */
void chain_drop_key(struct chain *chain);
/* Free the certificates alone: only what was found out is still wanted. */
void chain_drop_certs(struct chain *chain);
void chain_clear(struct chain *chain);

/* A certificate for people; all texts are clean. {0} before, and cleared
 * after. */
struct chain_info {
	char subject[256], issuer[256]; /* RFC 2253 */
	char serial[64];                /* hex */
	char sha256[65];                /* of the DER, hex */
	char key[32];                   /* "RSA 2048", "EC P-256" */
	int64_t not_before, not_after;
	struct buf names; /* DNS names and addresses, a line each */
};

/* Describe the leaf (`index` 0) or issuer number `index`. FAIL_INTERNAL. */
bool chain_describe(const struct chain *chain, size_t index,
    struct chain_info *info, struct fail *fail) MUST_CHECK;
void chain_info_clear(struct chain_info *info);

#endif
