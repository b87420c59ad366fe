/* PKCS#12 bundles (RFC 7292) with the empty password, as the load balancer
 * reads them. Such a bundle *is* the private key: treat it so. */
#ifndef PKI_P12_H
#define PKI_P12_H

#include "pki/chain.h"

enum p12_style {
	P12_MODERN,      /* as the installed `openssl pkcs12 -export` */
	P12_LEGACY,      /* 3DES and SHA-1, which every reader takes */
	P12_UNENCRYPTED, /* with a MAC all the same */
};

/* Iterations of the key derivation: what `openssl pkcs12` writes, or, for a
 * bundle that is only looked at, as few as can be. */
#define P12_ITERATIONS PKCS12_DEFAULT_ITER
#define P12_REHEARSAL 1

/*
 * The bundle of key, leaf and issuers in order, in the empty `der`, checked:
 * one with P12_REHEARSAL iterations by p12_verify; any other, which differs
 * from such a one in its iterations and salts alone, by its MAC. Reading it
 * back whole would cost more than making it. FAIL_INTERNAL.
 */
bool p12_make(const struct chain *chain, enum p12_style style, int iterations,
    struct buf *der, struct fail *fail) MUST_CHECK;

/* The same, not checked. */
bool p12_encode(const struct chain *chain, enum p12_style style, int iterations,
    struct buf *der, struct fail *fail) MUST_CHECK;

/* Read `der` back by the rules of the load balancer: empty password, key
 * and leaf that fit, issuers as they stand; MAC, key, leaf and issuers must
 * be those of `chain`, in its order. FAIL_INTERNAL. */
bool p12_verify(const struct chain *chain, const struct buf *der,
    struct fail *fail) MUST_CHECK;

#endif
