/* Bundles read back, addresses of issuers, and base64: with keys made here. */
#include "unit.h"

#include <openssl/pem.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "pki/aia.h"
#include "pki/b64.h"
#include "pki/cred.h"
#include "pki/p12.h"
#include "pki/pem.h"
#include "pki/pemout.h"
#include "pki/served.h"

static struct chain first, second;
static X509 *issued; /* not by itself */

static X509 *
certificate(EVP_PKEY *key, const char *name)
{
	X509 *x509 = X509_new();
	X509_NAME *subject = X509_get_subject_name(x509);

	assert_int_equal(X509_set_version(x509, X509_VERSION_3), 1);
	assert_int_equal(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
			     (const unsigned char *)name, -1, -1, 0),
	    1);
	assert_int_equal(X509_set_issuer_name(x509, subject), 1);
	X509_gmtime_adj(X509_getm_notBefore(x509), 0);
	X509_gmtime_adj(X509_getm_notAfter(x509), 3600);
	assert_int_equal(X509_set_pubkey(x509, key), 1);
	assert_true(X509_sign(x509, key, EVP_sha256()) > 0);
	return x509;
}

static void
make(struct chain *chain, const char *name)
{
	chain->key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	assert_non_null(chain->key);
	chain->leaf = certificate(chain->key, name);
	chain->issuers[0] = certificate(chain->key, "one");
	chain->issuers[1] = certificate(chain->key, "two");
	chain->issuer_count = 2;
}

static int
make_both(void **state)
{
	(void)state;
	make(&first, "first");
	make(&second, "second");
	issued = certificate(first.key, "issued");
	X509_set_issuer_name(issued, X509_get_subject_name(first.issuers[0]));
	assert_true(X509_sign(issued, first.key, EVP_sha256()) > 0);
	return 0;
}

static int
clear_both(void **state)
{
	(void)state;
	chain_clear(&first);
	chain_clear(&second);
	X509_free(issued);
	return 0;
}

static void
a_bundle_reads_back_in_every_style(void **state)
{
	(void)state;
	static const int iterations[] = {P12_REHEARSAL, P12_ITERATIONS};

	for (int i = 0; i < 2 * (P12_UNENCRYPTED + 1); i++) {
		CLEANUP(buf_clear) struct buf der = {0};
		struct fail fail;

		assert_true(p12_make(&first, (enum p12_style)(i / 2),
		    iterations[i % 2], &der, &fail));
		assert_true(p12_verify(&first, &der, &fail));
	}
}

/* What another program might have made of it is noticed. */
static void
a_bundle_of_something_else_is_noticed(void **state)
{
	CLEANUP(buf_clear) struct buf der = {0};
	struct chain wanted = first;
	struct fail fail;

	(void)state;
	assert_true(p12_encode(&first, P12_MODERN, P12_REHEARSAL, &der, &fail));
	wanted.key = second.key;
	assert_false(p12_verify(&wanted, &der, &fail));
	assert_non_null(strstr(fail.text, "another key"));
	wanted = first;
	wanted.leaf = second.leaf;
	assert_false(p12_verify(&wanted, &der, &fail));
	assert_non_null(strstr(fail.text, "another certificate"));
	wanted = first;
	wanted.issuer_count = 1;
	assert_false(p12_verify(&wanted, &der, &fail));
	assert_non_null(strstr(fail.text, "another number"));
	wanted = first;
	wanted.issuers[0] = first.issuers[1];
	wanted.issuers[1] = first.issuers[0];
	assert_false(p12_verify(&wanted, &der, &fail));
	assert_non_null(strstr(fail.text, "another order"));
	der.data[der.len / 2] ^= 1;
	assert_false(p12_verify(&first, &der, &fail));
	assert_int_equal(fail.code, FAIL_INTERNAL);
	der.len /= 2;
	assert_false(p12_verify(&first, &der, &fail));
}

static void
a_leaf_without_its_key_makes_no_bundle(void **state)
{
	CLEANUP(buf_clear) struct buf der = {0};
	struct chain wanted = first;
	struct fail fail;

	(void)state;
	wanted.key = second.key;
	assert_false(
	    p12_encode(&wanted, P12_MODERN, P12_REHEARSAL, &der, &fail));
	assert_int_equal(fail.code, FAIL_INTERNAL);
}

/* `text` is `count` certificates and nothing else: those. */
static void
assert_certificates(const struct buf *text, X509 *const *wanted, size_t count)
{
	BIO *bio = BIO_new_mem_buf(text->data, (int)text->len);

	for (size_t i = 0; i < count; i++) {
		X509 *x509 = PEM_read_bio_X509(bio, NULL, NULL, NULL);

		assert_non_null(x509);
		assert_int_equal(X509_cmp(x509, wanted[i]), 0);
		X509_free(x509);
	}
	assert_true(BIO_eof(bio));
	BIO_free(bio);
}

static void
pem_texts_read_back(void **state)
{
	CLEANUP(pemout_clear) struct pemout out = {0};
	CLEANUP(ossl_key_free) EVP_PKEY *key = NULL;
	CLEANUP(ossl_bio_free) BIO *bio = NULL;
	struct fail fail;

	(void)state;
	assert_true(pemout_make(&first, &out, &fail));
	assert_certificates(&out.leaf, &first.leaf, 1);
	assert_certificates(&out.issuers, first.issuers, 2);
	assert_ptr_equal(
	    strstr(buf_text(&out.key), "-----BEGIN PRIVATE KEY-----\n"),
	    out.key.data);
	bio = BIO_new_mem_buf(out.key.data, (int)out.key.len);
	key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
	assert_int_equal(EVP_PKEY_eq(key, first.key), 1);
	assert_true(BIO_eof(bio));
}

static void
a_leaf_without_issuers_is_its_own_chain(void **state)
{
	CLEANUP(pemout_clear) struct pemout out = {0};
	struct chain alone = first;
	struct fail fail;

	(void)state;
	alone.issuer_count = 0;
	assert_true(pemout_make(&alone, &out, &fail));
	assert_certificates(&out.leaf, &first.leaf, 1);
	assert_certificates(&out.issuers, &first.leaf, 1);
}

/* `served`: letters for the leaf L, the issuers 1 and 2, another leaf X; I for
 * one that has not issued itself. */
static enum served_verdict
judge(const struct chain *uploaded, const char *served, char *text, size_t size)
{
	BIO *bio = BIO_new(BIO_s_mem());
	struct served_want want;
	struct buf pem = {0};
	enum served_verdict verdict;
	struct fail fail;
	char *bytes;

	for (; *served != '\0'; served++) {
		X509 *x509 = *served == 'L'   ? first.leaf
			     : *served == 'X' ? second.leaf
			     : *served == 'I' ? issued
					      : first.issuers[*served - '1'];

		PEM_write_bio_X509(bio, x509);
	}
	assert_true(served_want_make(uploaded, &want, &fail));
	pem.len = (size_t)BIO_get_mem_data(bio, &bytes);
	pem.data = (unsigned char *)bytes;
	verdict = served_judge(&want, &pem, text, size);
	BIO_free(bio);
	return verdict;
}

static void
what_is_served_is_told_from_what_was_uploaded(void **state)
{
	static const struct {
		size_t issuers; /* uploaded */
		const char *served;
		enum served_verdict verdict;
	} rows[] = {
	    {2, "L12", SERVED_RIGHT},
	    {2, "L122", SERVED_RIGHT}, /* "two" issued itself: a root */
	    {2, "L121", SERVED_CHAIN}, /* another root */
	    {2, "L1222", SERVED_CHAIN},
	    {2, "L1", SERVED_CHAIN},
	    {2, "L", SERVED_CHAIN},
	    {2, "L21", SERVED_CHAIN},
	    {2, "L12L", SERVED_CHAIN},
	    {2, "X12", SERVED_OTHER},
	    {2, "1L2", SERVED_OTHER},
	    {2, "", SERVED_OTHER},
	    {0, "L", SERVED_RIGHT},
	    {0, "LL", SERVED_RIGHT},
	    {0, "L1", SERVED_CHAIN},
	    {0, "LX", SERVED_CHAIN},
	    {0, "LLL", SERVED_CHAIN},
	    {0, "I", SERVED_RIGHT},
	    {0, "II", SERVED_RIGHT},
	    {0, "I1", SERVED_RIGHT}, /* its root */
	    {0, "I2", SERVED_CHAIN},
	};

	(void)state;
	for (size_t i = 0; i < COUNTOF(rows); i++) {
		struct chain uploaded = first;
		char text[512] = "?";

		uploaded.issuer_count = rows[i].issuers;
		if (rows[i].served[0] == 'I')
			uploaded.leaf = issued;
		if (judge(&uploaded, rows[i].served, text, sizeof(text)) !=
		    rows[i].verdict)
			fail_msg("%zu uploaded, served %s: %s", rows[i].issuers,
			    rows[i].served, text);
		assert_int_equal(
		    text[0] == '\0', rows[i].verdict == SERVED_RIGHT);
	}
}

static void
another_certificate_is_described(void **state)
{
	unsigned char print[32];
	char text[512], served[17], wanted[17];

	(void)state;
	assert_int_equal(judge(&first, "X", text, sizeof(text)), SERVED_OTHER);
	X509_digest(second.leaf, EVP_sha256(), print, NULL);
	text_hex(served, sizeof(served), print, sizeof(print));
	X509_digest(first.leaf, EVP_sha256(), print, NULL);
	text_hex(wanted, sizeof(wanted), print, sizeof(print));
	assert_int_equal(strlen(served), 16);
	assert_non_null(strstr(text, "CN=second, valid until 20"));
	assert_true(strstr(text, served) < strstr(text, wanted));
	assert_non_null(strstr(text, served));
}

static void
base64_is_one_padded_line(void **state)
{
	static const struct {
		const char *bytes, *text;
	} rows[] = {
	    /* RFC 4648 section 10 */
	    {"", ""},
	    {"f", "Zg=="},
	    {"fo", "Zm8="},
	    {"foo", "Zm9v"},
	    {"foob", "Zm9vYg=="},
	    {"fooba", "Zm9vYmE="},
	    {"foobar", "Zm9vYmFy"},
	};

	(void)state;
	for (size_t i = 0; i < COUNTOF(rows); i++) {
		CLEANUP(buf_clear) struct buf bytes = {0}, text = {0};
		struct fail fail;

		assert_true(buf_append(
		    &bytes, rows[i].bytes, strlen(rows[i].bytes), &fail));
		assert_true(b64_encode(&bytes, &text, &fail));
		assert_string_equal(buf_text(&text), rows[i].text);
		assert_int_equal(text.len, strlen(rows[i].text));
	}
}

static void
add_access(AUTHORITY_INFO_ACCESS *aia, int method, const char *uri)
{
	ACCESS_DESCRIPTION *access = ACCESS_DESCRIPTION_new();
	ASN1_IA5STRING *text = ASN1_IA5STRING_new();

	assert_int_equal(ASN1_STRING_set(text, uri, -1), 1);
	ASN1_OBJECT_free(access->method);
	access->method = OBJ_nid2obj(method);
	GENERAL_NAME_set0_value(access->location, GEN_URI, text);
	assert_true(sk_ACCESS_DESCRIPTION_push(aia, access) > 0);
}

static void
addresses_of_the_issuer_are_those_that_can_be_used(void **state)
{
	static const char *const uris[] = {
	    "ldap:///CN=CA?cACertificate",
	    "http://a/1",
	    "https://a/2",
	    "ftp://a/3",
	    "file:///etc/passwd",
	    "HTTP://a/4",
	    "http://a/ 5",
	    "http://a/\n6",
	    "http://a/\x7f",
	    "http://a/\xc3\xa4",
	    "http//a/7",
	    "",
	    "http://a/8",
	    "http://a/9",
	    "http://a/10",
	    "http://a/11",
	};
	CLEANUP(ossl_aia_free)
	AUTHORITY_INFO_ACCESS *aia = AUTHORITY_INFO_ACCESS_new();
	CLEANUP(ossl_cert_free) X509 *x509 = X509_new();
	CLEANUP(buf_clear) struct buf urls = {0};
	char largest[AIA_LENGTH + 1], larger[AIA_LENGTH + 2], wanted[1024];
	struct fail fail;

	(void)state;
	assert_true(aia_list(x509, &urls, &fail));
	assert_string_equal(buf_text(&urls), "");
	snprintf(largest, sizeof(largest), "http://%0*d", AIA_LENGTH - 7, 0);
	snprintf(larger, sizeof(larger), "http://%0*d", AIA_LENGTH - 6, 0);
	add_access(aia, NID_ad_OCSP, "http://a/ocsp");
	add_access(aia, NID_ad_ca_issuers, larger);
	add_access(aia, NID_ad_ca_issuers, largest);
	for (size_t i = 0; i < COUNTOF(uris); i++)
		add_access(aia, NID_ad_ca_issuers, uris[i]);
	assert_int_equal(
	    X509_add1_ext_i2d(x509, NID_info_access, aia, 0, 0), 1);
	assert_true(aia_list(x509, &urls, &fail));
	snprintf(wanted, sizeof(wanted),
	    "%s\nhttp://a/1\nhttps://a/2\nHTTP://a/4\nhttp://a/8\n"
	    "http://a/9\nhttp://a/10\nhttp://a/11\n",
	    largest);
	assert_string_equal(buf_text(&urls), wanted);
}

/* --- PEM ------------------------------------------------------------------ */

/* All blocks of a text: label, line, and what is between its boundaries, where
 * lines end in '/'. What goes wrong ends it. */
static void
read_blocks(const char *text, size_t len, struct buf *out)
{
	struct pem_reader reader = {.text = text, .len = len};
	struct fail fail = {0};
	bool end = false;

	while (!end) {
		CLEANUP(pem_block_clear) struct pem_block block = {0};
		char *body;

		if (!pem_next(&reader, &block, &end, &fail)) {
			assert_true(buf_printf(out, &fail, "%s", fail.text));
			return;
		}
		if (end)
			return;
		body = strchr(buf_text(&block.text), '\n') + 1;
		for (char *c = body; *c != '\0'; c++)
			if (*c == '\n')
				*c = '/';
		*strstr(body, "-----END ") = '\0';
		assert_true(buf_printf(
		    out, &fail, "[%s %zu %s]", block.label, block.line, body));
	}
}

#define B "-----BEGIN A-----"
#define E "-----END A-----"
#define B64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void
blocks_are_found_however_lines_are_broken(void **state)
{
	static const struct {
		const char *text, *blocks;
	} rows[] = {
	    {"", ""},
	    {"text\n" B "\nAAAA\n" E "\n", "[A 2 AAAA/]"},
	    {B "\r\nAAAA\r\n" E "\r\n" B "\r\nBBBB\r\n" E,
		"[A 1 AAAA/][A 4 BBBB/]"},
	    {B "\rAAAA\r" E "\r\r" B "\rBBBB\r" E "\r",
		"[A 1 AAAA/][A 5 BBBB/]"},
	    {B "\r\r\nAAAA\r\r\n" E, "[A 1 AAAA/]"},
	    {"\xef\xbb\xbf" B "\nAAAA\n" E, "[A 1 AAAA/]"},
	    /* joined */
	    {B "\nAAAA\n" E B "\nBBBB\n" E, "[A 1 AAAA/][A 3 BBBB/]"},
	    {B "\nAAAA\n" E " " B "\nBBBB\n" E, "[A 1 AAAA/][A 3 BBBB/]"},
	    {B "\nAAAA" E "\n", "[A 1 AAAA/]"},
	    {B "AAAA" E B "BBBB" E, "[A 1 AAAA/][A 1 BBBB/]"},
	    {B " AAAA BB BB " E, "[A 1 AAAABBBB/]"},
	    {B "\nAAAA\n" E " # of a\n", "[A 1 AAAA/]"},
	    /* wrapped otherwise */
	    {B "\n" B64 B64 "AA==\n" E, "[A 1 " B64 "/" B64 "/AA==/]"},
	    {B "\nAA\n\n  BB\n" B64 "\n" E,
		"[A 1 AABB"
		"0123456789abcdef0123456789abcdef0123456789abcdef"
		"0123456789ab/cdef/]"},
	    {B "\n" B64 "\n" E, "[A 1 " B64 "/]"},
	    {B "\nx: y\nz: a-b\n\nAAAA\n" E, "[A 1 x: y/z: a-b//AAAA/]"},
	    /* comments */
	    {"# holds -----BEGIN A----- and more\n" B "\nAAAA\n" E,
		"[A 2 AAAA/]"},
	    {"from -----BEGIN A----- to -----END A-----\n", ""},
	    {"# -----BEGIN A-----\n# " B64 "\n# -----END A-----\n", ""},
	    {"- ----BEGIN A-----\n", ""},
	    {"see -----BEGIN\n", ""},
	    /* no blocks, and no comments */
	    {"----BEGIN A-----\nAAAA\n" E, "line 1: a damaged BEGIN line"},
	    {"-----BEGIN A----\nAAAA\n" E, "line 1: a damaged BEGIN line"},
	    {"-----BEGIN " B64 "-----\n", "line 1: a damaged BEGIN line"},
	    {"\nKEY=\"" B "\n" B64 "\n" E "\"\n",
		"line 2: other text before BEGIN A"},
	    {"KEY=\"" B " " B64 " " E "\"\n",
		"line 1: other text before BEGIN A"},
	    {"KEY=" B "\nAAAA\n" E, "line 3: END A without its BEGIN"},
	    {B "\\nAAAA\\n" E "\\n", "line 1: has the characters \\n where "
				     "lines should end"},
	    {"\nx: \"" B "\\nAAAA\\n" E "\\n\"",
		"line 2: has the characters \\n where lines should end"},
	    {B "\nAAAA\n" B "\nBBBB\n" E, "line 1: the block A has no end"},
	    {B "\nAAAA\n-----END A----", "line 1: the block A has no end"},
	    {B "\nAAAA\n", "line 1: the block A has no end"},
	    {B, "line 1: the block A has no end"},
	    {B "\nAAAA\n-----END B-----",
		"line 1: the block A ends as another"},
	    {B "\nAA\tAA\n" E, "line 1: the block A holds a control byte"},
	};

	(void)state;
	for (size_t i = 0; i < COUNTOF(rows); i++) {
		CLEANUP(buf_clear) struct buf out = {0};

		read_blocks(rows[i].text, strlen(rows[i].text), &out);
		if (strcmp(buf_text(&out), rows[i].blocks) != 0)
			fail_msg("%s: %s", rows[i].text, buf_text(&out));
	}
}

/* --- which key ------------------------------------------------------------ */

static X509 *
ca_certificate(EVP_PKEY *key)
{
	X509 *x509 = certificate(key, "ca");
	X509_EXTENSION *ca = X509V3_EXT_conf_nid(
	    NULL, NULL, NID_basic_constraints, "critical,CA:TRUE");

	assert_int_equal(X509_add_ext(x509, ca, -1), 1);
	X509_EXTENSION_free(ca);
	assert_true(X509_sign(x509, key, EVP_sha256()) > 0);
	return x509;
}

static void
the_key_of_the_servers_certificate_is_meant(void **state)
{
	/* Certificates of the keys 0, 1 and of another, x: of a server in the
	 * file of --cert (s), elsewhere (e), of a CA in the file (a). */
	static const struct {
		const char *certs;
		int chosen; /* -1: ambiguous */
	} rows[] = {
	    {"", 0},
	    {"xs", 0},
	    {"0s", 0},
	    {"1s", 1},
	    {"1e", 1},
	    {"1a", 1},
	    {"xs1e", 1},
	    {"0e1s", 1},
	    {"1s0e", 1},
	    {"0a1e", 1},
	    {"1e0a", 1},
	    {"0a1s0e", 1},
	    {"1s1s", 1},
	    {"1s1e1a", 1},
	    {"0s1s", -1},
	    {"1s0s", -1},
	    {"0e1e", -1},
	    {"0a1a", -1},
	    {"0a1e0s1s", -1},
	    {"0e1e0s", 0},
	    {"0a1a1e", 1},
	};
	CLEANUP(ossl_key_free)
	EVP_PKEY *other = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	struct cred_key keys[] = {{first.key, "k"}, {second.key, "k"}};

	(void)state;
	for (size_t i = 0; i < COUNTOF(rows); i++) {
		struct cred_cert certs[4];
		struct pair_found found = {keys, certs, COUNTOF(keys),
		    strlen(rows[i].certs) / 2, "here"};
		struct fail fail = {0};
		size_t place = 7;
		bool good;

		for (size_t j = 0; j < found.cert_count; j++) {
			const char *text = rows[i].certs + 2 * j;
			EVP_PKEY *key =
			    *text == 'x' ? other : keys[*text - '0'].key;

			certs[j] = (struct cred_cert){
			    text[1] == 'a' ? ca_certificate(key)
					   : certificate(key, text),
			    text[1] == 'e' ? "there" : found.cert_file,
			    (unsigned)j + 1};
		}
		good = pair_choose(&found, &place, &fail);
		if (good != (rows[i].chosen >= 0) ||
		    (good && (int)place != rows[i].chosen))
			fail_msg("%s: %zu %s", rows[i].certs, place, fail.text);
		for (size_t j = 0; j < found.cert_count; j++)
			X509_free(certs[j].x509);
	}
}

static void
both_certificates_are_named(void **state)
{
	struct cred_key keys[] = {{first.key, "k"}, {second.key, "k"}};
	struct cred_cert certs[] = {
	    {first.leaf, "here", 1}, {second.leaf, "here", 3}};
	struct pair_found found = {keys, certs, 2, 2, certs[0].file};
	struct fail fail;
	size_t place;

	(void)state;
	assert_false(pair_choose(&found, &place, &fail));
	assert_int_equal(fail.code, FAIL_INPUT);
	assert_string_equal(fail.text,
	    "k: holds the keys of two certificates: number 1 (CN=first) in "
	    "here and number 3 (CN=second) in here");
}

/* Each is compared with each certificate. */
static void
so_many_keys_are_read(void **state)
{
	CLEANUP(ossl_bio_free) BIO *bio = BIO_new(BIO_s_mem());
	char *bytes;

	(void)state;
	for (int i = 0; i <= CRED_MAX_KEYS; i++) {
		CLEANUP(ossl_key_free)
		EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
		CLEANUP(cred_clear) struct cred cred = {0};
		struct fail fail = {0};
		struct buf pem = {0};

		assert_int_equal(PEM_write_bio_PrivateKey(
				     bio, key, NULL, NULL, 0, NULL, NULL),
		    1);
		if (i + 1 < CRED_MAX_KEYS)
			continue;
		pem.len = (size_t)BIO_get_mem_data(bio, &bytes);
		pem.data = (unsigned char *)bytes;
		assert_int_equal(cred_add(&cred, "f", CRED_KEY, &pem, &fail),
		    i + 1 == CRED_MAX_KEYS);
		if (i == CRED_MAX_KEYS)
			assert_string_equal(
			    fail.text, "f: more than 64 private keys");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_bundle_reads_back_in_every_style),
	    cmocka_unit_test(a_bundle_of_something_else_is_noticed),
	    cmocka_unit_test(a_leaf_without_its_key_makes_no_bundle),
	    cmocka_unit_test(pem_texts_read_back),
	    cmocka_unit_test(a_leaf_without_issuers_is_its_own_chain),
	    cmocka_unit_test(what_is_served_is_told_from_what_was_uploaded),
	    cmocka_unit_test(another_certificate_is_described),
	    cmocka_unit_test(
		addresses_of_the_issuer_are_those_that_can_be_used),
	    cmocka_unit_test(base64_is_one_padded_line),
	    cmocka_unit_test(blocks_are_found_however_lines_are_broken),
	    cmocka_unit_test(the_key_of_the_servers_certificate_is_meant),
	    cmocka_unit_test(both_certificates_are_named),
	    cmocka_unit_test(so_many_keys_are_read),
	};

	return cmocka_run_group_tests(tests, make_both, clear_both);
}
