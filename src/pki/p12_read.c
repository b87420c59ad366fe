#include "pki/p12_read.h"

#include <openssl/err.h>
#include <openssl/opensslv.h>

#include "base/array.h"
#include "base/mem.h"
#include "pki/kdf.h"

/* Bags within bags: hardly anybody nests them. */
#define MOST_LEVELS 8

/* One way through the file, with one passphrase. */
struct reader {
	struct unseal *unseal;
	const struct unseal_pass *pass;
	struct p12_found *found;
	unsigned bags;
};

void
p12_found_clear(struct p12_found *found)
{
	ossl_certs_free(&found->certs);
	for (size_t i = 0; i < found->key_count; i++)
		EVP_PKEY_free(found->keys[i]);
	mem_free(found->keys);
	*found = (struct p12_found){0};
}

static bool
damaged(struct fail *fail)
{
	return fail_set(fail, FAIL_INPUT,
	    "the PKCS#12 bundle cannot be read: %s", ossl_reason());
}

/* --- bags ----------------------------------------------------------------- */

/* Takes over `key`. */
static bool
add_key(struct p12_found *found, EVP_PKEY *key, struct fail *fail)
{
	if (key == NULL)
		return false;
	if (!array_grow(&found->keys, found->key_count, &found->key_cap,
		sizeof(EVP_PKEY *))) {
		EVP_PKEY_free(key);
		return fail_memory(fail);
	}
	found->keys[found->key_count++] = key;
	return true;
}

static bool
read_plain_key(
    struct reader *reader, const PKCS12_SAFEBAG *bag, struct fail *fail)
{
	EVP_PKEY *key = EVP_PKCS82PKEY(PKCS12_SAFEBAG_get0_p8inf(bag));

	return key == NULL ? damaged(fail) : add_key(reader->found, key, fail);
}

static bool
read_sealed_key(
    struct reader *reader, const PKCS12_SAFEBAG *bag, struct fail *fail)
{
	return add_key(reader->found,
	    unseal_key(reader->unseal, PKCS12_SAFEBAG_get0_pkcs8(bag),
		reader->pass, fail),
	    fail);
}

static bool
read_cert(struct reader *reader, const PKCS12_SAFEBAG *bag, struct fail *fail)
{
	X509 *x509;

	if (PKCS12_SAFEBAG_get_bag_nid(bag) != NID_x509Certificate)
		return true;
	if ((x509 = PKCS12_SAFEBAG_get1_cert(bag)) == NULL)
		return damaged(fail);
	if (sk_X509_push(reader->found->certs, x509) > 0)
		return true;
	X509_free(x509);
	return fail_memory(fail);
}

/* Recursion is MOST_LEVELS deep. */
static bool
read_bags(struct reader *reader, const STACK_OF(PKCS12_SAFEBAG) * bags,
    int levels, struct fail *fail)
{
	for (int i = 0; i < sk_PKCS12_SAFEBAG_num(bags); i++) {
		const PKCS12_SAFEBAG *bag = sk_PKCS12_SAFEBAG_value(bags, i);
		int nid = PKCS12_SAFEBAG_get_nid(bag);
		bool good = true;

		if (++reader->bags > P12_MOST_BAGS)
			return fail_set(fail, FAIL_INPUT,
			    "the PKCS#12 bundle holds more than %d entries",
			    P12_MOST_BAGS);
		if (nid == NID_keyBag)
			good = read_plain_key(reader, bag, fail);
		else if (nid == NID_pkcs8ShroudedKeyBag)
			good = read_sealed_key(reader, bag, fail);
		else if (nid == NID_certBag)
			good = read_cert(reader, bag, fail);
		else if (nid == NID_safeContentsBag && levels == 0)
			good = fail_set(fail, FAIL_INPUT,
			    "the PKCS#12 bundle is nested too deep");
		else if (nid == NID_safeContentsBag)
			good = read_bags(reader, PKCS12_SAFEBAG_get0_safes(bag),
			    levels - 1, fail);
		if (!good)
			return false;
	}
	return true;
}

/* --- contents ------------------------------------------------------------- */

static void
free_bags(STACK_OF(PKCS12_SAFEBAG) * *bags)
{
	sk_PKCS12_SAFEBAG_pop_free(*bags, PKCS12_SAFEBAG_free);
}

static void
free_contents(STACK_OF(PKCS7) * *contents)
{
	sk_PKCS7_pop_free(*contents, PKCS7_free);
}

static bool
read_content(struct reader *reader, PKCS7 *content, struct fail *fail)
{
	CLEANUP(free_bags) STACK_OF(PKCS12_SAFEBAG) *bags = NULL;

	if (PKCS7_type_is_data(content)) {
		bags = PKCS12_unpack_p7data(content);
		if (bags == NULL)
			return damaged(fail);
	} else if (PKCS7_type_is_encrypted(content)) {
		bags = unseal_bags(reader->unseal, content, reader->pass, fail);
		if (bags == NULL)
			return false;
	} else {
		return fail_set(fail, FAIL_INPUT,
		    "the PKCS#12 bundle is encrypted for a public key, not by "
		    "a passphrase");
	}
	return read_bags(reader, bags, MOST_LEVELS, fail);
}

static bool
read_all(PKCS12 *p12, struct unseal *unseal, const struct unseal_pass *pass,
    struct p12_found *found, struct fail *fail)
{
	CLEANUP(free_contents)
	STACK_OF(PKCS7) *contents = PKCS12_unpack_authsafes(p12);
	struct reader reader = {.unseal = unseal, .pass = pass, .found = found};

	if (contents == NULL)
		return damaged(fail);
	p12_found_clear(found);
	if ((found->certs = sk_X509_new_null()) == NULL)
		return fail_memory(fail);
	for (int i = 0; i < sk_PKCS7_num(contents); i++)
		if (!read_content(&reader, sk_PKCS7_value(contents, i), fail))
			return false;
	return true;
}

/* --- the passphrase ------------------------------------------------------- */

/* The two forms of an empty one, then what is asked for. */
static const struct unseal_pass empty[] = {{"", 0}, {NULL, 0}};

/* RFC 9579, which OpenSSL reads from 3.4 on. */
static bool
has_readable_mac(PKCS12 *p12, struct fail *fail)
{
	const X509_ALGOR *algorithm;

	PKCS12_get0_mac(NULL, &algorithm, NULL, NULL, p12);
	if (OBJ_obj2nid(algorithm->algorithm) != NID_pbmac1 ||
	    OPENSSL_version_major() > 3 || OPENSSL_version_minor() >= 4)
		return true;
	fail_set(fail, FAIL_INPUT,
	    "the PKCS#12 bundle is protected by PBMAC1, which OpenSSL %u.%u "
	    "cannot check",
	    OPENSSL_version_major(), OPENSSL_version_minor());
	return fail_hint(fail,
	    "convert it: openssl pkcs12 -nomacver -in OLD -aes256 -out "
	    "NEW.pem");
}

static bool
spend_mac(PKCS12 *p12, struct unseal *unseal, struct fail *fail)
{
	const ASN1_INTEGER *iterations;
	const X509_ALGOR *algorithm;
	int64_t count = 1;

	PKCS12_get0_mac(NULL, &algorithm, NULL, &iterations, p12);
	if (OBJ_obj2nid(algorithm->algorithm) == NID_pbmac1)
		return kdf_spend(algorithm, &unseal->iterations, fail);
	if (iterations != NULL &&
	    ASN1_INTEGER_get_int64(&count, iterations) != 1)
		count = -1;
	ERR_clear_error();
	/* Of one hash, where PBKDF2 does two. */
	if (count >= 1 && count <= KDF_MOST)
		count = (count + 1) / 2;
	return kdf_spend_iterations(count, &unseal->iterations, fail);
}

/* `*right`: the passphrase fits, and all was read. Without a MAC, what it
 * decrypts tells. */
static bool
try_pass(PKCS12 *p12, struct unseal *unseal, const struct unseal_pass *pass,
    struct p12_found *found, bool *right, struct fail *fail)
{
	struct fail why;

	*right = true;
	if (PKCS12_mac_present(p12)) {
		if (!spend_mac(p12, unseal, fail))
			return false;
		*right = PKCS12_verify_mac(p12, pass->text, pass->len) == 1;
		ERR_clear_error();
		return !*right || read_all(p12, unseal, pass, found, fail);
	}
	unseal->is_wrong = false;
	if (read_all(p12, unseal, pass, found, &why))
		return true;
	*right = false;
	if (!unseal->is_wrong)
		*fail = why;
	return unseal->is_wrong;
}

bool
p12_read(PKCS12 *p12, struct unseal *unseal, struct p12_found *found,
    struct fail *fail)
{
	CLEANUP(buf_clear) struct buf text = {0};
	struct unseal_pass asked;
	bool right = false;

	if (PKCS12_mac_present(p12) && !has_readable_mac(p12, fail))
		return false;
	for (size_t i = 0; !right && i < COUNTOF(empty); i++)
		if (!try_pass(p12, unseal, &empty[i], found, &right, fail))
			return false;
	if (right)
		return true;
	if (!unseal_ask(unseal, &text, fail))
		return false;
	asked = (struct unseal_pass){buf_text(&text), (int)text.len};
	return try_pass(p12, unseal, &asked, found, &right, fail) &&
	       (right || unseal_failed(unseal, "the PKCS#12 bundle", fail));
}
