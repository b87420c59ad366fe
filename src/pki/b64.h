/* Base64 (RFC 4648 section 4) of a buffer. */
#ifndef PKI_B64_H
#define PKI_B64_H

#include "base/buf.h"

/* Characters of the base64 of `len` bytes. */
size_t b64_size(size_t len);

/* `bytes` as one line with padding, in the empty `text`. FAIL_INTERNAL. */
bool b64_encode(
    const struct buf *bytes, struct buf *text, struct fail *fail) MUST_CHECK;

#endif
