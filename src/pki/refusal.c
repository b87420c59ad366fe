#include "pki/refusal.h"

#include "base/clock.h"
#include "base/text.h"
#include "pki/aia.h"
#include "pki/cert.h"
#include "pki/names.h"

static const char *
file_of(const struct choice *choice)
{
	return choice->pool.items[choice->leaf].from->file;
}

/* --- clients refuse it ---------------------------------------------------- */

/* "ca.pem: certificate 2 (CN=...)" */
static bool
blame(const struct choice *choice, const struct verify_result *result,
    struct buf *text, struct fail *fail)
{
	const struct verify_error *error = &result->error;
	const struct path *path = choice->proof.path;
	const struct cred_cert *from;
	size_t place;

	if (error->place == VERIFY_ANCHOR &&
	    (result->is_by_store || path->root == PATH_NONE))
		return buf_printf(
		    text, fail, "the trust anchor (%s)", error->subject);
	place = error->place == VERIFY_ANCHOR ? path->root
		: error->place == VERIFY_LEAF ? choice->leaf
					      : path->issuers[error->place];
	from = choice->pool.items[place].from;
	return buf_printf(text, fail, "%s: certificate %u (%s)", from->file,
	    from->number, error->subject);
}

static bool
refuse_bad(const struct choice *choice, struct fail *fail)
{
	const struct verify_error *error = &choice->proof.result.error;
	CLEANUP(buf_clear) struct buf who = {0};
	char when[CLOCK_ISO_SIZE];

	if (!blame(choice, &choice->proof.result, &who, fail))
		return false;
	if (error->code == X509_V_ERR_CERT_HAS_EXPIRED) {
		clock_iso(error->not_after, when);
		fail_set(fail, FAIL_INPUT, "%s expired on %s UTC",
		    buf_text(&who), when);
		return fail_hint(fail,
		    "get the current chain from the CA; clients refuse this "
		    "one");
	}
	if (error->code == X509_V_ERR_CERT_NOT_YET_VALID) {
		clock_iso(error->not_before, when);
		fail_set(fail, FAIL_INPUT, "%s is not valid before %s UTC",
		    buf_text(&who), when);
		return fail_hint(fail, "wait, or check this host's clock");
	}
	fail_set(fail, FAIL_INPUT, "clients refuse the chain: %s: %s",
	    buf_text(&who), verify_reason(error));
	return fail_hint(fail, "get another chain from the CA");
}

/* --- it ends too soon ----------------------------------------------------- */

/* The issuer that is missing, or is no anchor, and where it may be had. */
static bool
find_issuer(const struct choice *choice, char issuer[256],
    struct buf *addresses, struct fail *fail)
{
	const struct path *path = choice->proof.path;
	X509 *top = choice_cert(choice,
	    path->length == 0 ? choice->leaf : path->issuers[path->length - 1]);

	names_text(X509_get_issuer_name(top), issuer, 256);
	return path->root != PATH_NONE || aia_list(top, addresses, fail);
}

static bool
is_refused(const struct choice *choice, const struct buf *addresses)
{
	const struct chain_rules *rules = choice->rules;
	enum proof_verdict verdict = choice->proof.verdict;

	if (rules->require_complete)
		return verdict != PROOF_COMPLETE;
	if (rules->trust == NULL || rules->allow_gap)
		return false;
	/* The user said who the anchor is. */
	if (trust_is_named(rules->trust))
		return verdict != PROOF_COMPLETE;
	return verdict == PROOF_GAP && addresses->len > 0;
}

static bool
refuse_short(const struct choice *choice, enum proof_verdict verdict,
    const char *issuer, const struct buf *addresses, struct fail *fail)
{
	const char *rest = buf_text(addresses), *line;
	int len;

	if (verdict == PROOF_OFF) {
		fail_set(fail, FAIL_INPUT,
		    "%s: the chain is not proved: this host has no trust "
		    "anchors",
		    file_of(choice));
		return fail_hint(fail, "name them with --ca-bundle");
	}
	fail_set(fail, FAIL_INPUT, "%s: the chain %s %s %s", file_of(choice),
	    verdict == PROOF_GAP ? "is incomplete: the issuer"
				 : "ends in a private root:",
	    issuer,
	    verdict == PROOF_GAP ? "is missing" : "is no trust anchor here");
	if (verdict == PROOF_PRIVATE)
		return fail_hint(fail,
		    "if clients trust that root, name it with --ca-bundle");
	if (!text_line(&rest, &line, &len))
		return fail_hint(
		    fail, "add it to --chain, or name its CA with --ca-bundle");
	return fail_hint(fail,
	    "add it to --chain from %.*s, or use --fetch-chain", len, line);
}

/* The issuer is there, by name and key identifier, but the signature is not
 * its own: the certificate was damaged, or is of another CA. */
static bool
refuse_forged(const struct choice *choice, struct fail *fail)
{
	const struct path *path = choice->proof.path;
	const struct cred_cert *below =
	    choice->pool
		.items[path->length == 0 ? choice->leaf
					 : path->issuers[path->length - 1]]
		.from;
	const struct cred_cert *above = choice->pool.items[path->forger].from;

	fail_set(fail, FAIL_INPUT,
	    "%s: certificate %u was not signed by its issuer, certificate %u "
	    "of %s",
	    below->file, below->number, above->number, above->file);
	return fail_hint(fail, "get both again from the CA");
}

static bool
check_end(const struct choice *choice, struct buf *missing,
    struct buf *warnings, struct fail *fail)
{
	CLEANUP(buf_clear) struct buf addresses = {0};
	enum proof_verdict verdict = choice_verdict(choice);
	char issuer[256];

	if (choice->proof.verdict == PROOF_COMPLETE)
		return true;
	if (choice->proof.verdict == PROOF_GAP &&
	    choice->proof.path->forger != PATH_NONE)
		return refuse_forged(choice, fail);
	if (!find_issuer(choice, issuer, &addresses, fail))
		return false;
	if (is_refused(choice, &addresses)) {
		refuse_short(choice, verdict, issuer, &addresses, fail);
		*missing = addresses;
		addresses = (struct buf){0};
		return false;
	}
	return verdict != PROOF_GAP || choice->rules->allow_gap ||
	       buf_printf(warnings, fail,
		   "%s: the chain may lack the issuer %s: it is no trust "
		   "anchor here\n",
		   file_of(choice), issuer);
}

/* --- it does not last ----------------------------------------------------- */

static bool
check_days(const struct choice *choice, struct fail *fail)
{
	const struct path *path = choice->proof.path;
	int64_t now = choice->rules->leaf.now;
	int min_days = choice->rules->leaf.min_days;

	for (size_t i = 0; i < path->length; i++) {
		const struct pool_cert *item =
		    &choice->pool.items[path->issuers[i]];
		int64_t end = cert_seconds(X509_get0_notAfter(item->x509));
		char subject[256];

		if (end - now >= (int64_t)min_days * CLOCK_DAY)
			continue;
		names_text(X509_get_subject_name(item->x509), subject,
		    sizeof(subject));
		fail_set(fail, FAIL_INPUT,
		    "%s: certificate %u (%s) expires in %lld days, --min-days "
		    "wants %d",
		    item->from->file, item->from->number, subject,
		    (long long)(end - now) / CLOCK_DAY, min_days);
		return fail_hint(fail, "get the current chain from the CA");
	}
	return true;
}

bool
refusal_check(const struct choice *choice, struct buf *missing,
    struct buf *warnings, struct fail *fail)
{
	const struct fail *doubt = &choice->paths.doubt;

	if (choice->proof.verdict != PROOF_COMPLETE &&
	    doubt->code != FAIL_NONE) {
		*fail = *doubt;
		return false;
	}
	if (choice->proof.verdict == PROOF_BAD)
		return refuse_bad(choice, fail);
	return check_days(choice, fail) &&
	       check_end(choice, missing, warnings, fail);
}
