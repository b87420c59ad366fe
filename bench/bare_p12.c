/* bare_p12 N KEY CERTS: make N bundles of a key, a leaf and one issuer as the
 * program makes them, and nothing else: what a batch cannot do without. */
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <stdlib.h>

#define ITERATIONS 2048

int
main(int argc, char *argv[])
{
	long count = argc == 4 ? strtol(argv[1], NULL, 10) : 0;
	BIO *key_file = count < 1 ? NULL : BIO_new_file(argv[2], "r");
	BIO *certs = count < 1 ? NULL : BIO_new_file(argv[3], "r");
	EVP_PKEY *key = PEM_read_bio_PrivateKey(key_file, NULL, NULL, NULL);
	X509 *leaf = PEM_read_bio_X509(certs, NULL, NULL, NULL);
	STACK_OF(X509) *issuers = sk_X509_new_null();

	if (key == NULL || leaf == NULL ||
	    !sk_X509_push(issuers, PEM_read_bio_X509(certs, NULL, NULL, NULL)))
		return 2;
	for (long i = 0; i < count; i++) {
		PKCS12 *p12 = PKCS12_create(
		    "", NULL, key, leaf, issuers, 0, 0, ITERATIONS, -1, 0);
		unsigned char *der = NULL;

		if (!PKCS12_set_mac(
			p12, "", -1, NULL, 0, ITERATIONS, EVP_sha256()) ||
		    i2d_PKCS12(p12, &der) <= 0)
			return 1;
		OPENSSL_free(der);
		PKCS12_free(p12);
	}
	return 0;
}
