#include "pki/verify.h"

#include <openssl/err.h>

#include "pki/cert.h"
#include "pki/names.h"

/* RSA 2048, SHA-256: what clients of today want at least. */
#define SECURITY_LEVEL 2

/* One call of the verifier. */
struct attempt {
	const struct verify_chain *chain;
	STACK_OF(X509) * sent, *anchors;
	X509_STORE_CTX *context;

	/* Errors let pass, to be told of; NULL: none is. */
	struct verify_error *errors;
	size_t most, count;
};

static void
attempt_clear(struct attempt *attempt)
{
	X509_STORE_CTX_free(attempt->context);
	sk_X509_free(attempt->sent);
	sk_X509_free(attempt->anchors);
}

/* --- errors --------------------------------------------------------------- */

static int
place_of(const struct verify_chain *chain, const X509 *x509)
{
	for (size_t i = 0; i < chain->count; i++)
		if (X509_cmp(chain->issuers[i], x509) == 0)
			return (int)i;
	return X509_cmp(chain->leaf, x509) == 0 ? VERIFY_LEAF : VERIFY_ANCHOR;
}

static void
note_error(const struct attempt *attempt, struct verify_error *error)
{
	const X509 *x509 = X509_STORE_CTX_get_current_cert(attempt->context);

	if (x509 == NULL)
		x509 = attempt->chain->leaf;
	*error = (struct verify_error){
	    .code = X509_STORE_CTX_get_error(attempt->context),
	    .place = place_of(attempt->chain, x509),
	    .not_before = cert_seconds(X509_get0_notBefore(x509)),
	    .not_after = cert_seconds(X509_get0_notAfter(x509)),
	};
	names_text(X509_get_subject_name(x509), error->subject,
	    sizeof(error->subject));
}

static bool
is_allowed(const struct attempt *attempt, int code)
{
	const struct verify_chain *chain = attempt->chain;

	if (code == X509_V_ERR_EE_KEY_TOO_SMALL)
		return chain->allow_weak_key;
	return code == X509_V_ERR_CERT_HAS_EXPIRED && chain->allow_expired &&
	       X509_STORE_CTX_get_error_depth(attempt->context) == 0;
}

/* X509_STORE_CTX_verify_cb: does the verifier go on after this error? */
static int
on_error(int good, X509_STORE_CTX *context)
{
	struct attempt *attempt = X509_STORE_CTX_get_app_data(context);
	int code = X509_STORE_CTX_get_error(context);

	if (good || is_allowed(attempt, code))
		return 1;
	if (attempt->errors == NULL)
		return 0;
	if (attempt->count < attempt->most)
		note_error(attempt, &attempt->errors[attempt->count++]);
	return 1;
}

/* An anchor of the right name that did not sign is none. */
static bool
lacks_anchor(int code)
{
	static const int codes[] = {
	    X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT,
	    X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
	    X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE,
	    X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN,
	    X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT,
	    X509_V_ERR_CERT_UNTRUSTED,
	    X509_V_ERR_CERT_SIGNATURE_FAILURE,
	};

	for (size_t i = 0; i < COUNTOF(codes); i++)
		if (code == codes[i])
			return true;
	return false;
}

/* The verifier could not do its work. */
static bool
is_internal(int code)
{
	return code == X509_V_ERR_OUT_OF_MEM ||
	       code == X509_V_ERR_STORE_LOOKUP ||
	       code == X509_V_ERR_INVALID_CALL;
}

/* --- one call ------------------------------------------------------------- */

static bool
fill(STACK_OF(X509) * *stack, X509 *const *items, size_t count)
{
	*stack = sk_X509_new_null();
	for (size_t i = 0; *stack != NULL && i < count; i++)
		if (sk_X509_push(*stack, items[i]) == 0)
			return false;
	return *stack != NULL;
}

static bool
prepare(struct attempt *attempt, unsigned long flags, struct fail *fail)
{
	const struct verify_chain *chain = attempt->chain;
	X509_STORE *store =
	    chain->trust == NULL ? NULL : trust_store(chain->trust);
	X509_VERIFY_PARAM *param;

	attempt->context = X509_STORE_CTX_new();
	if (attempt->context == NULL ||
	    !fill(&attempt->sent, chain->issuers, chain->count) ||
	    !fill(&attempt->anchors, &chain->anchor, 1))
		return fail_memory(fail);
	if (X509_STORE_CTX_init(
		attempt->context, store, chain->leaf, attempt->sent) != 1 ||
	    X509_STORE_CTX_set_purpose(
		attempt->context, X509_PURPOSE_SSL_SERVER) != 1 ||
	    X509_STORE_CTX_set_app_data(attempt->context, attempt) != 1)
		return ossl_failed(fail, "verification");
	if (store == NULL)
		X509_STORE_CTX_set0_trusted_stack(
		    attempt->context, attempt->anchors);
	X509_STORE_CTX_set_verify_cb(attempt->context, on_error);
	param = X509_STORE_CTX_get0_param(attempt->context);
	X509_VERIFY_PARAM_set_time(param, (time_t)chain->now);
	X509_VERIFY_PARAM_set_auth_level(param, SECURITY_LEVEL);
	if (store == NULL || trust_is_named(chain->trust))
		flags |= X509_V_FLAG_PARTIAL_CHAIN;
	return X509_VERIFY_PARAM_set_flags(param, flags) == 1 ||
	       ossl_failed(fail, "verification");
}

/* `*good`: the chain verifies. */
static bool
run(struct attempt *attempt, unsigned long flags, bool *good, struct fail *fail)
{
	int verified;

	if (!prepare(attempt, flags, fail))
		return false;
	verified = X509_verify_cert(attempt->context);
	if (verified < 0 ||
	    (verified == 0 &&
		is_internal(X509_STORE_CTX_get_error(attempt->context))))
		return ossl_failed(fail, "verification");
	ERR_clear_error();
	*good = verified == 1;
	return true;
}

/* --- verdicts ------------------------------------------------------------- */

bool
verify_run(const struct verify_chain *chain, struct verify_result *result,
    struct fail *fail)
{
	CLEANUP(attempt_clear) struct attempt attempt = {.chain = chain};
	bool good = false;

	*result = (struct verify_result){
	    .verdict = VERIFY_TRUSTED, .is_by_store = chain->trust != NULL};
	if (!run(&attempt, 0, &good, fail))
		return false;
	if (good)
		return true;
	note_error(&attempt, &result->error);
	result->verdict =
	    lacks_anchor(result->error.code) ? VERIFY_NO_ANCHOR : VERIFY_BAD;
	return true;
}

bool
verify_strict(const struct verify_chain *chain, struct verify_error *errors,
    size_t most, size_t *count, struct fail *fail)
{
	CLEANUP(attempt_clear)
	struct attempt attempt = {
	    .chain = chain, .errors = errors, .most = most};
	bool good = false;

	if (!run(&attempt, X509_V_FLAG_X509_STRICT, &good, fail))
		return false;
	*count = attempt.count;
	return true;
}

const char *
verify_reason(const struct verify_error *error)
{
	/* What OpenSSL gives no reason for: RFC 5280 has no bound, it has. */
	if (error->code == X509_V_ERR_UNSPECIFIED)
		return "too many names and name constraints";
	return X509_verify_cert_error_string(error->code);
}
