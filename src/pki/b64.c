#include "pki/b64.h"

#include <openssl/evp.h>

size_t
b64_size(size_t len)
{
	return (len + 2) / 3 * 4;
}

bool
b64_encode(const struct buf *bytes, struct buf *text, struct fail *fail)
{
	if (!buf_reserve(text, b64_size(bytes->len), fail))
		return false;
	text->len =
	    (size_t)EVP_EncodeBlock(text->data, bytes->data, (int)bytes->len);
	return true;
}
