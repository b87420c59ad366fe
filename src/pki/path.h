/* The paths upward from a leaf through the certificates of the files (RFC 5280
 * section 6): candidates, which the verifier judges. Pure. */
#ifndef PKI_PATH_H
#define PKI_PATH_H

#include "pki/pool.h"

/* Issuers of a path; longer chains do not fit in a TLS client's patience. */
#define PATH_MOST 16

/* The work that signature checks of one leaf may cost, in units of one with
 * an RSA key of 2,048 bits (about 30 microseconds). */
#define PATH_WORK_MOST 20000

/* No place in the pool. */
#define PATH_NONE ((size_t)-1)

struct path {
	size_t issuers[PATH_MOST]; /* places, the leaf's issuer first; none of
				      them is self-signed */
	size_t length;
	size_t root;    /* the self-signed certificate that issued the topmost
			   one; PATH_NONE if the pool has none */
	size_t forger;  /* has the name and key identifier of the issuer of
			   the topmost one, but did not sign it; PATH_NONE */
	bool continues; /* another path has one more issuer */
	int64_t not_before, not_after; /* when all issuers are valid */
	unsigned work;                 /* of checking its signatures */

	/* Of paths_sort. */
	bool is_valid;   /* all issuers, now */
	bool is_lasting; /* and for min_days more */
};

struct paths {
	struct path *items;
	size_t count, cap;
	unsigned work; /* done so far */

	/* Why there may be more paths than these: the first reason met.
	 * FAIL_NONE: there are no more. */
	struct fail doubt;
};

/*
 * All paths from `leaf` (a place of the pool) upward, each certificate issued
 * by the next by name, key identifier and signature, and none twice with the
 * same name and key. Of a path every beginning is a path as well, the empty
 * one included. Work is bounded: `doubt` says what it was that stopped the
 * search. FAIL_INTERNAL.
 */
bool paths_find(const struct pool *pool, size_t leaf, struct paths *paths,
    struct fail *fail) MUST_CHECK;
void paths_clear(struct paths *paths);

/*
 * Sort by preference: all issuers valid at `now`; all for `min_days` more; the
 * longest, as the CA delivered it (clients with an older
 * trust store need a cross-signed root); the one that lasts longest; then by
 * fingerprints.
 */
void paths_sort(struct paths *paths, int64_t now, int min_days);

/* Count the work of checking the path once more. False, with `doubt` set,
 * when too much was done. */
bool paths_spend(struct paths *paths, const struct path *path) MUST_CHECK;

#endif
