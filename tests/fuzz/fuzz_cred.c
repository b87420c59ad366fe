/* The reader of files: PEM, DER, PKCS#7 and PKCS#12 with keys, encrypted with
 * the corpus's passphrase or not. What holds a key and its certificate becomes
 * a bundle, which must read back as the same. */
#include <string.h>

#include "fuzz.h"
#include "pki/chain.h"
#include "pki/p12.h"

/* In 2030: most certificates of the corpus are valid. */
#define NOW 1900000000

static bool
passphrase(void *data, const char *file, struct buf *text, struct fail *fail)
{
	(void)data;
	must(file[0] != '\0');
	return buf_append(text, "corpus", strlen("corpus"), fail);
}

static void
make_bundle(const struct cred *cred)
{
	struct chain_rules rules = {.leaf.now = NOW};
	CLEANUP(chain_clear) struct chain chain = {0};
	CLEANUP(buf_clear) struct buf der = {0};
	struct fail fail = {0};

	must(cred->key_count > 0 && cred->key_file != NULL);
	must(EVP_PKEY_get_bits(cred->key) > 0);
	if (chain_build(cred, &rules, &chain, &fail))
		must(p12_make(&chain, P12_MODERN, P12_REHEARSAL, &der, &fail));
	else
		must(fail.code == FAIL_INPUT && fail.text[0] != '\0');
}

/* As from the network. */
static void
read_certificates(const uint8_t *data, size_t size)
{
	CLEANUP(cred_clear) struct cred cred = {0};
	CLEANUP(buf_clear) struct buf bytes = {0};
	struct fail fail = {0};

	must(buf_append(&bytes, data, size, &fail));
	must(cred_add(&cred, "f", CRED_CERTS, &bytes, &fail) ||
	     (fail.code == FAIL_INPUT && fail.text[0] != '\0'));
	must(cred.key_count == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cred_source source = {.passphrase = passphrase};
	CLEANUP(cred_clear) struct cred cred = {0};
	struct fail fail = {0};

	source.cert = memfile(data, size);
	if (cred_load(&source, &cred, &fail))
		make_bundle(&cred);
	else
		must(fail.code == FAIL_INPUT && fail.text[0] != '\0');
	read_certificates(data, size);
	return 0;
}
