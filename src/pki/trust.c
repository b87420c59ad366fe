#include "pki/trust.h"

#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "pki/bundle.h"

struct trust {
	X509_STORE *store;
	struct bundle *bundle; /* NULL: a hashed directory */
	bool is_named;
};

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
	if (bundle == NULL)
		return load_system(trust, none, fail);
	trust->is_named = true;
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
