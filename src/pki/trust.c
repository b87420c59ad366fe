#include "pki/trust.h"

#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"

struct trust {
	X509_STORE *store;
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

/* 1 loaded, 0 there is none, -1 it cannot be used. */
static int
load_system(X509_STORE *store)
{
	const char *file = setting(X509_get_default_cert_file_env(), NULL);
	const char *dir = setting(
	    X509_get_default_cert_dir_env(), X509_get_default_cert_dir());

	/* The directory is far cheaper, but a file that is named is meant. */
	if (file == NULL && is_hashed(dir))
		return X509_STORE_load_path(store, dir) == 1 ? 1 : -1;
	if (file == NULL)
		file = X509_get_default_cert_file();
	if (access(file, R_OK) == 0)
		return X509_STORE_load_file(store, file) == 1 ? 1 : -1;
	return 0;
}

static bool
set_up(struct trust *trust, const char *bundle, bool *none, struct fail *fail)
{
	int loaded;

	trust->is_named = bundle != NULL;
	trust->store = X509_STORE_new();
	if (trust->store == NULL)
		return fail_memory(fail);
	loaded = bundle == NULL ? load_system(trust->store)
		 : X509_STORE_load_file(trust->store, bundle) == 1 ? 1
								   : -1;
	*none = loaded == 0;
	if (loaded < 0) {
		fail_set(fail, FAIL_INPUT, "%s: no trust anchors: %s",
		    bundle == NULL ? "the system's trust store" : bundle,
		    ossl_reason());
		return fail_hint(fail, "--ca-bundle names a PEM file of them");
	}
	return loaded > 0;
}

struct trust *
trust_open(const char *bundle, struct fail *fail)
{
	struct trust *trust = mem_calloc(1, sizeof(*trust));
	bool none = false;

	fail->code = FAIL_NONE;
	if (trust == NULL)
		fail_memory(fail);
	else if (!set_up(trust, bundle, &none, fail))
		trust_close(&trust);
	return trust;
}

void
trust_close(struct trust **trust)
{
	if (*trust == NULL)
		return;
	X509_STORE_free((*trust)->store);
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
