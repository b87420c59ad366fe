/* What deriving a key from a passphrase will cost, read from its parameters
 * before anything is derived: a file of 1 KB can ask for hours. Pure. */
#ifndef PKI_KDF_H
#define PKI_KDF_H

#include "pki/ossl.h"

/* Iterations of one derivation, and of all of a file: they take a second.
 * Common programs use up to 600,000. */
#define KDF_MOST 1000000
#define KDF_MOST_OF_FILE 2500000

/* Bytes that scrypt (RFC 7914) may fill. */
#define KDF_MOST_MEMORY (32 << 20)

/*
 * Add the work of one derivation to `*done`: by the parameters of PBES1, PBES2
 * and PBMAC1 with PBKDF2 or scrypt (RFC 8018, RFC 9579), and of PKCS#12's own
 * (RFC 7292 appendix C). FAIL_INPUT: too much, or parameters that nobody knows.
 */
bool kdf_spend(
    const X509_ALGOR *algorithm, uint64_t *done, struct fail *fail) MUST_CHECK;

/* The same of `iterations` that are known. */
bool kdf_spend_iterations(
    int64_t iterations, uint64_t *done, struct fail *fail) MUST_CHECK;

#endif
