/* What a load balancer and its clients need of a leaf. Pure. */
#ifndef PKI_LEAF_CHECK_H
#define PKI_LEAF_CHECK_H

#include "base/buf.h"
#include "pki/ossl.h"

struct leaf_rules {
	int64_t now;              /* seconds since 1970, UTC */
	int min_days;             /* of validity left at least */
	bool allow_expired;       /* its end may have passed */
	bool allow_key_type;      /* take keys the load balancer cannot use */
	const char *const *names; /* that must be covered: DNS names, with '*'
				     for a wildcard, and addresses */
	size_t name_count;
};

/*
 * Check `leaf`: readable for the load balancer (cert_check, extensions_check),
 * valid now and long enough, no CA certificate, for servers (RFC 5280 section
 * 4.2.1.12), with a name, and covering rules->names (RFC 9525 section 6.3).
 * FAIL_INPUT; the caller says of which file.
 */
bool leaf_check(
    X509 *leaf, const struct leaf_rules *rules, struct fail *fail) MUST_CHECK;

/* Does it cover all of the names? */
bool leaf_covers(X509 *leaf, const char *const *names, size_t count);

/* The first DNS name, else the common name, else "". */
void leaf_name(X509 *leaf, char *name, size_t size);

/* What some load balancer or client may stumble over, a line each that begins
 * with `file`. FAIL_INTERNAL. */
bool leaf_warnings(X509 *leaf, const char *file, struct buf *lines,
    struct fail *fail) MUST_CHECK;

#endif
