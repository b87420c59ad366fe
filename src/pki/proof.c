#include "pki/proof.h"

/* One path on its way to a verdict. */
struct trial {
	const struct pool *pool;
	X509 *issuers[PATH_MOST];
	struct verify_chain chain;
	const struct path *path;
};

static X509 *
cert_at(const struct pool *pool, size_t place)
{
	return pool->items[place].x509;
}

static void
set_up(struct trial *trial, const struct pool *pool, size_t leaf,
    const struct path *path, const struct proof_rules *rules)
{
	*trial = (struct trial){.pool = pool, .path = path};
	for (size_t i = 0; i < path->length; i++)
		trial->issuers[i] = cert_at(pool, path->issuers[i]);
	trial->chain = (struct verify_chain){
	    .leaf = cert_at(pool, leaf),
	    .issuers = trial->issuers,
	    .count = path->length,
	    .trust = rules->trust,
	    .now = rules->now,
	    .allow_expired = rules->allow_expired,
	    .allow_weak_key = rules->allow_weak_key,
	};
}

/* Without a trust store: the root of the files, else the topmost one sent. */
static X509 *
own_anchor(const struct trial *trial)
{
	const struct path *path = trial->path;

	if (path->root != PATH_NONE)
		return cert_at(trial->pool, path->root);
	return path->length == 0 ? trial->chain.leaf
				 : trial->issuers[path->length - 1];
}

/* By its own anchor. */
static bool
judge_alone(struct trial *trial, struct verify_result *result,
    enum proof_verdict *verdict, struct fail *fail)
{
	trial->chain.trust = NULL;
	trial->chain.anchor = own_anchor(trial);
	if (!verify_run(&trial->chain, result, fail))
		return false;
	if (result->verdict != VERIFY_TRUSTED)
		*verdict = PROOF_BAD;
	else if (trial->path->root != PATH_NONE)
		*verdict = PROOF_PRIVATE;
	else
		*verdict = PROOF_GAP;
	return true;
}

/* PROOF_OFF: no verdict, as a longer path has one. The verifier does not look
 * beyond an anchor, where an issuer may have expired; but the path up to there
 * is preferred, and has been judged before. */
static bool
judge(struct trial *trial, struct verify_result *result,
    enum proof_verdict *verdict, struct fail *fail)
{
	const struct path *path = trial->path;

	result->verdict = VERIFY_NO_ANCHOR;
	if (trial->chain.trust != NULL &&
	    !verify_run(&trial->chain, result, fail))
		return false;
	*verdict = result->verdict == VERIFY_TRUSTED ? PROOF_COMPLETE
		   : result->verdict == VERIFY_BAD   ? PROOF_BAD
						     : PROOF_OFF;
	if (*verdict != PROOF_OFF ||
	    (path->root == PATH_NONE && path->continues))
		return true;
	return judge_alone(trial, result, verdict, fail);
}

bool
proof_choose(const struct pool *pool, size_t leaf, struct paths *paths,
    const struct proof_rules *rules, struct proof *proof, struct fail *fail)
{
	*proof = (struct proof){.verdict = PROOF_BAD};
	for (size_t i = 0; i < paths->count && proof->verdict != PROOF_COMPLETE;
	     i++) {
		const struct path *path = &paths->items[i];
		struct trial trial;
		struct verify_result result;
		enum proof_verdict verdict;

		if (!paths_spend(paths, path))
			break;
		set_up(&trial, pool, leaf, path, rules);
		if (!judge(&trial, &result, &verdict, fail))
			return false;
		if (verdict == PROOF_OFF ||
		    (proof->path != NULL && verdict >= proof->verdict))
			continue;
		*proof = (struct proof){verdict, path, result};
	}
	return true;
}

bool
proof_strict(const struct pool *pool, size_t leaf, const struct proof *proof,
    const struct proof_rules *rules, struct verify_error *errors, size_t most,
    size_t *count, struct fail *fail)
{
	struct trial trial;

	set_up(&trial, pool, leaf, proof->path, rules);
	if (proof->verdict != PROOF_COMPLETE) {
		trial.chain.trust = NULL;
		trial.chain.anchor = own_anchor(&trial);
	}
	return verify_strict(&trial.chain, errors, most, count, fail);
}

const char *
proof_word(enum proof_verdict verdict)
{
	static const char *const words[] = {
	    [PROOF_OFF] = "not proved",
	    [PROOF_COMPLETE] = "complete",
	    [PROOF_PRIVATE] = "private root",
	    [PROOF_GAP] = "incomplete",
	    [PROOF_BAD] = "refused by clients",
	};

	return words[verdict];
}
