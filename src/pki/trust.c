#include "pki/trust.h"

#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "pki/bundle.h"
#include "pki/cert.h"

struct trust {
	X509_STORE *store;
	struct bundle *bundle; /* NULL: a hashed directory */
	bool is_named;
};

/* --- which of them are anchors -------------------------------------------- */

/* Names lead in circles only where CAs have certified each other. */
#define MOST_LEVELS 8

/* By its signature: OpenSSL's flag goes by name and key identifier, which a CA
 * that changed its key may share with its old self. */
static bool
is_self_signed(X509 *x509)
{
	return X509_self_signed(x509, 1) == 1;
}

/* Is there a self-signed certificate above it in the store? */
static bool
leads_to_root(X509_STORE_CTX *context, X509 *x509, int levels)
{
	CLEANUP(ossl_certs_free)
	STACK_OF(X509) *above =
	    X509_STORE_CTX_get1_certs(context, X509_get_issuer_name(x509));
	bool found = is_self_signed(x509);

	for (int i = 0; !found && levels > 0 && i < sk_X509_num(above); i++) {
		X509 *issuer = sk_X509_value(above, i);

		found = cert_signed_by(x509, issuer) == CERT_SIGNED &&
			leads_to_root(context, issuer, levels - 1);
	}
	return found;
}

/* Of the certificates of this name those that are anchors. */
static STACK_OF(X509) *
    take_anchors(X509_STORE_CTX *context, const X509_NAME *name, bool is_named)
{
	STACK_OF(X509) *certs = X509_STORE_CTX_get1_certs(context, name);

	for (int i = sk_X509_num(certs) - 1; i >= 0; i--) {
		X509 *x509 = sk_X509_value(certs, i);

		if (is_self_signed(x509) ||
		    (is_named && !leads_to_root(context, x509, MOST_LEVELS)))
			continue;
		X509_free(sk_X509_delete(certs, i));
	}
	return certs;
}

/* X509_STORE_CTX_lookup_certs_fn */
static STACK_OF(X509) * on_named(X509_STORE_CTX *context, const X509_NAME *name)
{
	return take_anchors(context, name, true);
}

static STACK_OF(X509) *
    on_system(X509_STORE_CTX *context, const X509_NAME *name)
{
	return take_anchors(context, name, false);
}

/* X509_STORE_CTX_get_issuer_fn: as OpenSSL's own, one that is valid, else the
 * one that was valid last. */
static int
on_issuer(X509 **issuer, X509_STORE_CTX *context, X509 *x509)
{
	CLEANUP(ossl_certs_free)
	STACK_OF(X509) *anchors = X509_STORE_CTX_get_lookup_certs(context)(
	    context, X509_get_issuer_name(x509));
	int64_t now = (int64_t)X509_VERIFY_PARAM_get_time(
	    X509_STORE_CTX_get0_param(context));
	X509 *best = NULL;

	for (int i = 0; i < sk_X509_num(anchors); i++) {
		X509 *anchor = sk_X509_value(anchors, i);

		if (!cert_may_be_issued(x509, anchor, NULL) ||
		    (best != NULL &&
			(cert_is_valid(best, now) ||
			    (!cert_is_valid(anchor, now) &&
				cert_seconds(X509_get0_notAfter(anchor)) <=
				    cert_seconds(X509_get0_notAfter(best))))))
			continue;
		best = anchor;
	}
	if (best == NULL || X509_up_ref(best) != 1)
		return 0;
	*issuer = best;
	return 1;
}

/* --- where they are ------------------------------------------------------- */

/* A directory of certificates that `openssl rehash` has been through. */
static bool
is_hashed(const char *path)
{
	DIR *dir = opendir(path);
	const struct dirent *entry;
	bool found = false;

	if (dir == NULL)
		return false;
	while (!found && (entry = readdir(dir)) != NULL)
		found = text_is_hash_name(entry->d_name);
	closedir(dir);
	return found;
}

/* A variable that programs with more rights than their caller ignore. */
static const char *
setting(const char *variable, const char *otherwise)
{
	const char *value = secure_getenv(variable);

	return value == NULL || value[0] == '\0' ? otherwise : value;
}

/* `*none`: the system has no anchors. */
static bool
load_system(struct trust *trust, bool *none, struct fail *fail)
{
	const char *file = setting(X509_get_default_cert_file_env(), NULL);
	const char *dir = setting(
	    X509_get_default_cert_dir_env(), X509_get_default_cert_dir());

	/* The directory is far cheaper, but a file that is named is meant. */
	if (file == NULL && is_hashed(dir))
		return X509_STORE_load_path(trust->store, dir) == 1 ||
		       ossl_failed(fail, dir);
	if (file == NULL)
		file = X509_get_default_cert_file();
	*none = access(file, R_OK) != 0;
	if (*none)
		return true;
	trust->bundle = bundle_open(file, trust->store, fail);
	return trust->bundle != NULL ||
	       fail_in(fail, "the system's trust store");
}

static bool
load(struct trust *trust, const char *bundle, bool *none, struct fail *fail)
{
	trust->store = X509_STORE_new();
	if (trust->store == NULL)
		return fail_memory(fail);
	trust->is_named = bundle != NULL;
	X509_STORE_set_get_issuer(trust->store, on_issuer);
	X509_STORE_set_lookup_certs(
	    trust->store, trust->is_named ? on_named : on_system);
	if (bundle == NULL)
		return load_system(trust, none, fail);
	trust->bundle = bundle_open(bundle, trust->store, fail);
	return trust->bundle != NULL;
}

struct trust *
trust_open(const char *bundle, struct fail *fail)
{
	struct trust *trust = mem_calloc(1, sizeof(*trust));
	bool none = false;

	fail->code = FAIL_NONE;
	if (trust == NULL) {
		fail_memory(fail);
		return NULL;
	}
	if (load(trust, bundle, &none, fail) && !none)
		return trust;
	if (fail->code == FAIL_INPUT)
		fail_hint(
		    fail, "--ca-bundle names a PEM file of trust anchors");
	trust_close(&trust);
	return NULL;
}

void
trust_close(struct trust **trust)
{
	if (*trust == NULL)
		return;
	X509_STORE_free((*trust)->store);
	bundle_close(&(*trust)->bundle);
	mem_free(*trust);
	*trust = NULL;
}

X509_STORE *
trust_store(const struct trust *trust)
{
	return trust->store;
}

bool
trust_is_named(const struct trust *trust)
{
	return trust->is_named;
}
