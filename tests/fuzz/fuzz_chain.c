/* The chain engine: the key is that of the first certificate. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "pki/chain.h"

/* While the certificates of the corpus are valid. */
#define NOW 1800000000

static void
must(bool good)
{
	if (!good)
		abort();
}

/* What is promised of every chain. */
static void
judge(const struct chain *chain)
{
	for (size_t i = 0; i < chain->issuer_count; i++) {
		X509 *below = i == 0 ? chain->leaf : chain->issuers[i - 1];
		struct chain_info info = {0};
		struct fail fail;

		must(X509_check_issued(chain->issuers[i], below) == X509_V_OK);
		must(X509_cmp(chain->leaf, chain->issuers[i]) != 0);
		for (size_t j = 0; j < i; j++)
			must(X509_cmp(chain->issuers[i], chain->issuers[j]) !=
			     0);
		must(chain_describe(chain, i + 1, &info, &fail));
		chain_info_clear(&info);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct chain_rules rules = {.leaf.now = NOW};
	CLEANUP(cred_clear) struct cred cred = {0};
	CLEANUP(chain_clear) struct chain chain = {0};
	CLEANUP(buf_clear) struct buf bytes = {0};
	struct fail fail = {0};

	if (!buf_append(&bytes, data, size, &fail) ||
	    !cred_add(&cred, "f", CRED_CERTS, &bytes, &fail) || cred.count == 0)
		return 0;
	cred.key_file = cred.cert_file = "f";
	cred.key = X509_get_pubkey(cred.certs[0].x509);
	if (cred.key == NULL)
		return 0;
	if (chain_build(&cred, &rules, &chain, &fail))
		judge(&chain);
	else
		must(fail.text[0] != '\0');
	return 0;
}
