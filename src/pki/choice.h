/* Key and certificates as found -> which leaf and which path to send. Pure. */
#ifndef PKI_CHOICE_H
#define PKI_CHOICE_H

#include "pki/leaf_check.h"
#include "pki/proof.h"

struct chain_rules {
	struct leaf_rules leaf;
	bool keep_root;
	struct trust *trust;   /* NULL: this host has none */
	bool require_complete; /* refuse what does not verify by it */
	bool allow_gap;        /* take a chain that lacks an issuer */
};

struct choice {
	const struct cred *cred;
	const struct chain_rules *rules;
	struct pool pool;
	size_t leaf; /* its place */
	struct paths paths;
	struct proof proof; /* proof.path NULL: work ended too soon */
};

/*
 * Of the certificates of the key choose the leaf: no CA; valid now; covering
 * the names that the rules demand; issued last; lasting longest; by
 * fingerprint. Of the paths above it choose the one to send (proof_choose).
 * FAIL_INPUT: no certificate has the key. Cleared in any case.
 */
bool choice_leaf(const struct cred *cred, const struct chain_rules *rules,
    struct choice *choice, struct fail *fail) MUST_CHECK;
bool choice_path(struct choice *choice, struct fail *fail) MUST_CHECK;
void choice_clear(struct choice *choice);

/* The certificate at `place` of the pool. */
X509 *choice_cert(const struct choice *choice, size_t place);

/* The verdict to report: without a trust store, PROOF_OFF. */
enum proof_verdict choice_verdict(const struct choice *choice);

/* Is the root of the path chosen sent as well? */
bool choice_keeps_root(const struct choice *choice);

/* Does the certificate have the key? */
bool choice_has_key(const struct cred *cred, const X509 *x509);

/* What was left out, and why, a line each. FAIL_INTERNAL. */
bool choice_notes(const struct choice *choice, struct buf *lines,
    struct fail *fail) MUST_CHECK;

/* What some clients refuse, and a second leaf that may have been meant. */
bool choice_warnings(const struct choice *choice, struct buf *lines,
    struct fail *fail) MUST_CHECK;

#endif
