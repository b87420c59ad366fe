#include "pki/kdf.h"

#include <openssl/err.h>
#include <openssl/objects.h>

/* scrypt's block of 128 bytes takes about as long as four iterations of a
 * hash. */
#define BLOCK_ITERATIONS 4

static bool
too_much(struct fail *fail)
{
	return fail_hint(
	    fail, "encrypt it again with less work, such as openssl's default");
}

bool
kdf_spend_iterations(int64_t iterations, uint64_t *done, struct fail *fail)
{
	if (iterations < 1) {
		fail_set(fail, FAIL_INPUT,
		    "deriving its key takes no number of iterations that can "
		    "be done");
		return too_much(fail);
	}
	if (iterations > KDF_MOST) {
		fail_set(fail, FAIL_INPUT,
		    "deriving its key takes %lld iterations, certupload allows "
		    "%d",
		    (long long)iterations, KDF_MOST);
		return too_much(fail);
	}
	*done += (uint64_t)iterations;
	if (*done <= KDF_MOST_OF_FILE)
		return true;
	fail_set(fail, FAIL_INPUT,
	    "deriving its keys takes more than %d iterations in all",
	    KDF_MOST_OF_FILE);
	return too_much(fail);
}

static bool
unknown(struct fail *fail)
{
	ERR_clear_error();
	return fail_set(fail, FAIL_INPUT,
	    "it is encrypted in a way that certupload does not know");
}

/* -1: it is no number, or a larger one. */
static int64_t
number(const ASN1_INTEGER *integer)
{
	int64_t value;

	return integer != NULL && ASN1_INTEGER_get_int64(&value, integer) == 1
		   ? value
		   : -1;
}

/* Twice the work of SHA-256. */
static bool
is_slow_hash(int nid)
{
	return nid == NID_hmacWithSHA384 || nid == NID_hmacWithSHA512;
}

static bool
spend_pbkdf2(const ASN1_TYPE *parameter, uint64_t *done, struct fail *fail)
{
	PBKDF2PARAM *params =
	    ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBKDF2PARAM), parameter);
	int64_t iterations = params == NULL ? -1 : number(params->iter);
	bool is_slow = params != NULL && params->prf != NULL &&
		       is_slow_hash(OBJ_obj2nid(params->prf->algorithm));

	PBKDF2PARAM_free(params);
	return kdf_spend_iterations(iterations, done, fail) &&
	       (!is_slow || kdf_spend_iterations(iterations, done, fail));
}

static bool
spend_scrypt(const ASN1_TYPE *parameter, uint64_t *done, struct fail *fail)
{
	SCRYPT_PARAMS *params =
	    ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(SCRYPT_PARAMS), parameter);
	int64_t n = params == NULL ? -1 : number(params->costParameter);
	int64_t r = params == NULL ? -1 : number(params->blockSize);
	int64_t p =
	    params == NULL ? -1 : number(params->parallelizationParameter);
	const int64_t most_blocks = KDF_MOST_MEMORY / 128;

	SCRYPT_PARAMS_free(params);
	if (n >= 1 && r >= 1 && p >= 1 && n <= most_blocks &&
	    r <= most_blocks / n && p <= KDF_MOST / (n * r))
		return kdf_spend_iterations(
		    n * r * p * BLOCK_ITERATIONS > KDF_MOST
			? KDF_MOST
			: n * r * p * BLOCK_ITERATIONS,
		    done, fail);
	fail_set(fail, FAIL_INPUT,
	    "deriving its key by scrypt takes more than certupload allows "
	    "(N=%lld, r=%lld, p=%lld; %d MiB)",
	    (long long)n, (long long)r, (long long)p, KDF_MOST_MEMORY >> 20);
	return too_much(fail);
}

/* PBMAC1 has the same parameters as PBES2. */
static bool
spend_v2(const ASN1_TYPE *parameter, uint64_t *done, struct fail *fail)
{
	PBE2PARAM *params =
	    ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBE2PARAM), parameter);
	bool good;

	if (params == NULL)
		return unknown(fail);
	switch (OBJ_obj2nid(params->keyfunc->algorithm)) {
	case NID_id_pbkdf2:
		good = spend_pbkdf2(params->keyfunc->parameter, done, fail);
		break;
	case NID_id_scrypt:
		good = spend_scrypt(params->keyfunc->parameter, done, fail);
		break;
	default:
		good = unknown(fail);
	}
	PBE2PARAM_free(params);
	return good;
}

/* PBES1 and PKCS#12. */
static bool
spend_v1(const ASN1_TYPE *parameter, uint64_t *done, struct fail *fail)
{
	PBEPARAM *params =
	    ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBEPARAM), parameter);
	int64_t iterations = params == NULL ? -1 : number(params->iter);

	PBEPARAM_free(params);
	return kdf_spend_iterations(iterations, done, fail);
}

bool
kdf_spend(const X509_ALGOR *algorithm, uint64_t *done, struct fail *fail)
{
	const ASN1_OBJECT *object;
	const void *value;
	int type, nid;

	X509_ALGOR_get0(&object, &type, &value, algorithm);
	nid = OBJ_obj2nid(object);
	if (algorithm->parameter == NULL)
		return unknown(fail);
	if (nid == NID_pbes2 || nid == NID_pbmac1)
		return spend_v2(algorithm->parameter, done, fail);
	if (EVP_PBE_find(EVP_PBE_TYPE_OUTER, nid, NULL, NULL, NULL) != 1)
		return unknown(fail);
	return spend_v1(algorithm->parameter, done, fail);
}
