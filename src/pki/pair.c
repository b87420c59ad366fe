#include "pki/pair.h"

#include "pki/names.h"

/* Enough to tell two names apart, and short enough for both in a message. */
#define SHOWN 150

enum claim { CLAIM_NONE, CLAIM_CA, CLAIM_ELSEWHERE, CLAIM_IN_CERT_FILE };

static enum claim
claim_of(const struct cred_cert *cert, const char *cert_file)
{
	if (X509_check_ca(cert->x509) != 0)
		return CLAIM_CA;
	return cert->file == cert_file ? CLAIM_IN_CERT_FILE : CLAIM_ELSEWHERE;
}

static bool
belongs(const struct cred_key *key, const struct cred_cert *cert)
{
	EVP_PKEY *of = X509_get0_pubkey(cert->x509);

	return of != NULL && EVP_PKEY_eq(of, key->key) == 1;
}

static bool
ambiguous(const struct cred_key *key, const struct cred_cert *one,
    const struct cred_cert *other, struct fail *fail)
{
	char names[2][SHOWN];

	names_text(X509_get_subject_name(one->x509), names[0], SHOWN);
	names_text(X509_get_subject_name(other->x509), names[1], SHOWN);
	fail_set(fail, FAIL_INPUT,
	    "%s: holds the keys of two certificates: number %u (%s) in %s and "
	    "number %u (%s) in %s",
	    key->file, one->number, names[0], one->file, other->number,
	    names[1], other->file);
	return fail_hint(
	    fail, "split the file, or name the one certificate with --cert");
}

bool
pair_choose(const struct pair_found *found, size_t *place, struct fail *fail)
{
	const struct cred_cert *chosen = NULL, *rival = NULL;
	enum claim best = CLAIM_NONE;

	*place = 0;
	for (size_t i = 0; i < found->key_count * found->cert_count; i++) {
		size_t key = i / found->cert_count;
		const struct cred_cert *cert =
		    &found->certs[i % found->cert_count];
		enum claim claim = claim_of(cert, found->cert_file);

		if (claim < best || !belongs(&found->keys[key], cert))
			continue;
		if (claim > best) {
			best = claim;
			chosen = cert;
			rival = NULL;
			*place = key;
		} else if (key != *place) {
			rival = cert;
		}
	}
	return rival == NULL ||
	       ambiguous(&found->keys[*place], chosen, rival, fail);
}
