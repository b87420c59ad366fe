#include "pki/b64.h"

#include <openssl/evp.h>

bool
b64_encode(const struct buf *bytes, struct buf *text, struct fail *fail)
{
	if (!buf_reserve(text, (bytes->len + 2) / 3 * 4, fail))
		return false;
	text->len =
	    (size_t)EVP_EncodeBlock(text->data, bytes->data, (int)bytes->len);
	return true;
}
