#include "pki/leaf_check.h"

#include <openssl/err.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "pki/cert.h"
#include "pki/cert_check.h"
#include "pki/extensions.h"
#include "pki/names.h"

/* --- dates ---------------------------------------------------------------- */

static bool
check_dates(X509 *leaf, const struct leaf_rules *rules, struct fail *fail)
{
	int64_t begin = cert_seconds(X509_get0_notBefore(leaf));
	int64_t end = cert_seconds(X509_get0_notAfter(leaf));
	char when[CLOCK_ISO_SIZE];

	if (begin == INT64_MIN || end == INT64_MIN)
		return fail_set(fail, FAIL_INPUT, "its dates cannot be read");
	if (rules->now > end && rules->allow_expired)
		return true;
	clock_iso(rules->now > end ? end : begin, when);
	if (rules->now > end) {
		fail_set(fail, FAIL_INPUT, "expired on %s UTC", when);
		return fail_hint(fail, "renew it; nothing was sent");
	}
	if (rules->now < begin) {
		fail_set(fail, FAIL_INPUT, "is not valid before %s UTC", when);
		return fail_hint(fail, "wait, or check this host's clock");
	}
	if (end - rules->now >= (int64_t)rules->min_days * CLOCK_DAY)
		return true;
	fail_set(fail, FAIL_INPUT, "expires in %lld days, --min-days wants %d",
	    (long long)(end - rules->now) / CLOCK_DAY, rules->min_days);
	return fail_hint(fail, "renew it first");
}

/* --- names ---------------------------------------------------------------- */

static GENERAL_NAMES *
alternatives(X509 *leaf)
{
	GENERAL_NAMES *names =
	    X509_get_ext_d2i(leaf, NID_subject_alt_name, NULL, NULL);

	ERR_clear_error();
	return names;
}

/* The next DNS name at or after place `*at`, which goes on behind it. */
static bool
next_dns(const GENERAL_NAMES *names, int *at, const char **text, int *len)
{
	for (; *at < sk_GENERAL_NAME_num(names); ++*at) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, *at);

		if (name->type != GEN_DNS)
			continue;
		*text = (const char *)ASN1_STRING_get0_data(name->d.ia5);
		*len = ASN1_STRING_length(name->d.ia5);
		++*at;
		return true;
	}
	return false;
}

void
leaf_name(X509 *leaf, char *name, size_t size)
{
	CLEANUP(ossl_names_free) GENERAL_NAMES *names = alternatives(leaf);
	const char *text;
	int at = 0, len;

	if (next_dns(names, &at, &text, &len))
		snprintf(name, size, "%.*s", len, text);
	else if (X509_NAME_get_text_by_NID(X509_get_subject_name(leaf),
		     NID_commonName, name, (int)size) < 0)
		name[0] = '\0';
}

/* A wildcard as it stands; X509_check_host takes host names alone. */
static bool
has_wildcard(X509 *leaf, const char *wanted)
{
	CLEANUP(ossl_names_free) GENERAL_NAMES *names = alternatives(leaf);
	const char *text;
	int at = 0, len;

	while (next_dns(names, &at, &text, &len))
		if ((size_t)len == strlen(wanted) &&
		    strncasecmp(text, wanted, (size_t)len) == 0)
			return true;
	return false;
}

/* No DNS name stands for one (RFC 9525 section 6.3). */
static bool
is_address(const char *text)
{
	ASN1_OCTET_STRING *address = a2i_IPADDRESS(text);
	bool good = address != NULL;

	ASN1_OCTET_STRING_free(address);
	ERR_clear_error();
	return good;
}

/* The common name is no server's identity any more (RFC 9525 section 2). */
static bool
covers(X509 *leaf, const char *wanted)
{
	static const unsigned flags = X509_CHECK_FLAG_NEVER_CHECK_SUBJECT |
				      X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS;

	if (strncmp(wanted, "*.", 2) == 0)
		return has_wildcard(leaf, wanted);
	if (is_address(wanted))
		return X509_check_ip_asc(leaf, wanted, 0) == 1;
	return X509_check_host(leaf, wanted, 0, flags, NULL) == 1;
}

bool
leaf_covers(X509 *leaf, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!covers(leaf, names[i]))
			return false;
	return true;
}

static bool
check_names(X509 *leaf, const struct leaf_rules *rules, struct fail *fail)
{
	char name[256];

	leaf_name(leaf, name, sizeof(name));
	if (name[0] == '\0') {
		fail_set(fail, FAIL_INPUT, "has neither DNS name nor CN");
		return fail_hint(fail,
		    "the load balancer takes no certificate without; have it "
		    "issued again");
	}
	for (size_t i = 0; i < rules->name_count; i++)
		if (!covers(leaf, rules->names[i])) {
			fail_set(fail, FAIL_INPUT, "does not cover %s",
			    rules->names[i]);
			return fail_hint(fail,
			    "is it the right certificate? --check shows its "
			    "names");
		}
	return true;
}

/* The load balancer decodes the subject of the leaf alone. */
static bool
check_subject(X509 *leaf, struct fail *fail)
{
	if (names_are_utf8(X509_get_subject_name(leaf)))
		return true;
	fail_set(fail, FAIL_INPUT, "its subject holds text that is not UTF-8");
	return fail_hint(
	    fail, "have it issued again: the load balancer refuses it");
}

/* --- purpose -------------------------------------------------------------- */

static bool
check_purpose(X509 *leaf, struct fail *fail)
{
	uint32_t flags = X509_get_extension_flags(leaf);

	/* A self-signed server certificate is often marked as a CA. */
	if (X509_check_ca(leaf) != 0 && !cert_is_root(leaf)) {
		fail_set(fail, FAIL_INPUT, "is a CA certificate");
		return fail_hint(fail,
		    "--key and --cert are those of the server, --chain of its "
		    "CAs");
	}
	/* One that may only sign certificates is a CA all the same. */
	if (X509_check_ca(leaf) != 0 && (flags & EXFLAG_KUSAGE) &&
	    !(X509_get_key_usage(leaf) &
		(KU_DIGITAL_SIGNATURE | KU_KEY_ENCIPHERMENT |
		    KU_KEY_AGREEMENT))) {
		fail_set(fail, FAIL_INPUT, "is a CA certificate");
		return fail_hint(fail, "give the one of the server");
	}
	/* anyExtendedKeyUsage alone does not do: clients refuse it. */
	if ((flags & EXFLAG_XKUSAGE) &&
	    !(X509_get_extended_key_usage(leaf) & XKU_SSL_SERVER)) {
		fail_set(fail, FAIL_INPUT,
		    "is not for servers: its extended key usage has no "
		    "serverAuth");
		return fail_hint(fail, "have it issued for a server");
	}
	return true;
}

bool
leaf_check(X509 *leaf, const struct leaf_rules *rules, struct fail *fail)
{
	return cert_check(leaf, fail) && check_subject(leaf, fail) &&
	       extensions_check(leaf, fail) && check_purpose(leaf, fail) &&
	       check_dates(leaf, rules, fail) && check_names(leaf, rules, fail);
}

/* --- warnings ------------------------------------------------------------- */

static bool
has_server_names(X509 *leaf)
{
	CLEANUP(ossl_names_free) GENERAL_NAMES *names = alternatives(leaf);

	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		int type = sk_GENERAL_NAME_value(names, i)->type;

		if (type == GEN_DNS || type == GEN_IPADD)
			return true;
	}
	return false;
}

static bool
has_common_name(X509 *leaf)
{
	return X509_NAME_get_index_by_NID(
		   X509_get_subject_name(leaf), NID_commonName, -1) >= 0;
}

static bool
has_version_3(X509 *leaf)
{
	return X509_get_version(leaf) == X509_VERSION_3;
}

/* RFC 7633 */
static bool
goes_without_staple(X509 *leaf)
{
	return X509_get_ext_by_NID(leaf, NID_tlsfeature, -1) < 0;
}

bool
leaf_warnings(
    X509 *leaf, const char *file, struct buf *lines, struct fail *fail)
{
	static const struct {
		bool (*is_right)(X509 *leaf);
		const char *otherwise;
	} rows[] = {
	    {has_common_name, "has no CN, which older load balancers want"},
	    {has_server_names,
		"has no subjectAltName with a DNS name or address: clients "
		"refuse it, whatever its CN"},
	    {cert_names_are_printable, CERT_MISPRINTED},
	    {has_version_3,
		"is an X.509 certificate of version 1, which clients refuse"},
	    {goes_without_staple,
		"demands stapled OCSP answers (must-staple), which the load "
		"balancer does not send: some clients refuse it"},
	};

	for (size_t i = 0; i < COUNTOF(rows); i++)
		if (!rows[i].is_right(leaf) &&
		    !buf_printf(
			lines, fail, "%s: %s\n", file, rows[i].otherwise))
			return false;
	return true;
}
