/* Which path clients accept. */
#ifndef PKI_PROOF_H
#define PKI_PROOF_H

#include "pki/path.h"
#include "pki/verify.h"

/* From PROOF_COMPLETE on, the best first. */
enum proof_verdict {
	PROOF_OFF,      /* there is no trust store; nothing is wrong */
	PROOF_COMPLETE, /* what is sent verifies by the trust store */
	PROOF_PRIVATE,  /* it verifies by a root of the files, which is no
			   anchor here */
	PROOF_GAP,      /* it lacks an issuer; nothing else is wrong */
	PROOF_BAD,      /* clients refuse it */
};

struct proof {
	enum proof_verdict verdict;
	const struct path *path;     /* of the paths */
	struct verify_result result; /* of that; PROOF_BAD: with the error */
};

struct proof_rules {
	const struct trust *trust; /* NULL: there is none */
	int64_t now;
	bool allow_expired, allow_weak_key; /* of the leaf alone */
};

/*
 * The first of the sorted `paths` that verifies by the trust store; if none
 * does, the first with the best verdict. `paths->doubt` says if work ended
 * before all were judged; proof->path may be NULL then. FAIL_INTERNAL.
 */
bool proof_choose(const struct pool *pool, size_t leaf, struct paths *paths,
    const struct proof_rules *rules, struct proof *proof,
    struct fail *fail) MUST_CHECK;

/* What strict clients would refuse of the path chosen (verify_strict). */
bool proof_strict(const struct pool *pool, size_t leaf,
    const struct proof *proof, const struct proof_rules *rules,
    struct verify_error *errors, size_t most, size_t *count,
    struct fail *fail) MUST_CHECK;

/* "complete", "private root", ... */
const char *proof_word(enum proof_verdict verdict);

#endif
