/* Decryption of keys and PKCS#12 contents by a passphrase (RFC 8018, RFC 7292),
 * with bounded work and old ciphers as well. */
#ifndef PKI_UNSEAL_H
#define PKI_UNSEAL_H

#include "base/buf.h"
#include "pki/ossl.h"

/* {.ask, .data, .file} at first; of one file. */
struct unseal {
	/* Ask for the passphrase of `file` into the empty `passphrase`. */
	bool (*ask)(void *data, const char *file, struct buf *passphrase,
	    struct fail *fail);
	void *data;
	const char *file;

	uint64_t iterations; /* spent (kdf.h) */
	bool is_asked;
	bool is_wrong;    /* the last decryption did not fit the passphrase */
	struct fail fail; /* why there is no passphrase, or FAIL_NONE */

	/* OpenSSL's legacy provider has a context of its own, made when a
	 * cipher needs it. */
	OSSL_LIB_CTX *legacy;
	OSSL_PROVIDER *providers[2];
};

/* NULL as text is not the same as "" in PKCS#12. */
struct unseal_pass {
	const char *text;
	int len;
};

void unseal_clear(struct unseal *unseal);

/* For OpenSSL, which must never ask by itself (pem_password_cb); `data` is the
 * unseal. */
int unseal_callback(char *text, int size, int writing, void *data);

/* Fill `fail` with why `what` could not be read: the passphrase or OpenSSL's
 * reason. Always false. */
bool unseal_failed(
    const struct unseal *unseal, const char *what, struct fail *fail);

/* Ask for a passphrase. */
bool unseal_ask(struct unseal *unseal, struct buf *passphrase,
    struct fail *fail) MUST_CHECK;

/* May OpenSSL's default provider not have this cipher ("DES-CBC")? FAIL_INPUT
 * says so, and how to convert the key. */
bool unseal_has_cipher(const char *name, struct fail *fail) MUST_CHECK;

/*
 * The key of an encrypted PKCS#8 structure, by `pass` or, with NULL, what is
 * asked for. NULL with FAIL_INPUT: too much work, a cipher that is not there,
 * no passphrase, a wrong one.
 */
EVP_PKEY *unseal_key(struct unseal *unseal, const X509_SIG *sealed,
    const struct unseal_pass *pass, struct fail *fail) MUST_CHECK;

/* The same of the bags of an encrypted PKCS#12 content. */
STACK_OF(PKCS12_SAFEBAG) *
    unseal_bags(struct unseal *unseal, const PKCS7 *content,
	const struct unseal_pass *pass, struct fail *fail) MUST_CHECK;

#endif
