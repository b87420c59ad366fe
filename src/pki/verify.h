/* Path validation (RFC 5280 section 6) is OpenSSL's: what a client says to a
 * leaf and the issuers that it is sent. */
#ifndef PKI_VERIFY_H
#define PKI_VERIFY_H

#include "pki/trust.h"

struct verify_chain {
	X509 *leaf;
	X509 *const *issuers; /* that are sent */
	size_t count;

	/* The trust store, or with NULL the one certificate that is trusted
	 * (it may be one of those sent). */
	const struct trust *trust;
	X509 *anchor;

	int64_t now;

	/* What of the leaf alone is let pass. */
	bool allow_expired, allow_weak_key;
};

enum verify_verdict {
	VERIFY_TRUSTED,
	VERIFY_NO_ANCHOR, /* no anchor was found; that is all */
	VERIFY_BAD,       /* the error says why */
};

/* Places of a certificate, beside the number of an issuer. */
#define VERIFY_ANCHOR (-2) /* it is not sent */
#define VERIFY_LEAF (-1)

struct verify_error {
	int code;                      /* X509_V_ERR_... */
	int place;                     /* of the certificate it is about */
	char subject[256];             /* of that, clean */
	int64_t not_before, not_after; /* of that */
};

struct verify_result {
	enum verify_verdict verdict;
	bool is_by_store;          /* an anchor is one of the trust store */
	struct verify_error error; /* unless VERIFY_TRUSTED */
};

/* Verify exactly what is sent, as a server's (purpose serverAuth, security
 * level 2). FAIL_INTERNAL. */
bool verify_run(const struct verify_chain *chain, struct verify_result *result,
    struct fail *fail) MUST_CHECK;

/*
 * What strict clients refuse all the same (X509_V_FLAG_X509_STRICT, as current
 * Python verifies) of a chain that verifies: at most `most` errors, their
 * number in `*count`. FAIL_INTERNAL.
 */
bool verify_strict(const struct verify_chain *chain,
    struct verify_error *errors, size_t most, size_t *count,
    struct fail *fail) MUST_CHECK;

/* OpenSSL's words: "certificate has expired". */
const char *verify_reason(const struct verify_error *error);

#endif
