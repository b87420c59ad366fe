/* The reader of files: PEM, DER, PKCS#7 and PKCS#12 with keys. */
#include <stdlib.h>

#include "fuzz.h"
#include "pki/cred.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(cred_clear) struct cred cred = {0};
	CLEANUP(buf_clear) struct buf bytes = {0};
	struct fail fail = {0};

	if (!buf_append(&bytes, data, size, &fail))
		return 0;
	if (!cred_add(&cred, "f", CRED_KEY | CRED_CERTS, &bytes, &fail) &&
	    fail.text[0] == '\0')
		abort();
	return 0;
}
