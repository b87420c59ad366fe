/* The script of misbehaviour: which request meets which fault. */
#ifndef SANDBOX_FAULTS_H
#define SANDBOX_FAULTS_H

#include "base/fail.h"

enum fault_kind {
	FAULT_NONE,
	/* of a connection */
	FAULT_RESET,
	FAULT_REQUEST_CUT, /* after `number` bytes from the client */
	/* instead of handling the request */
	FAULT_RESET_BEFORE,
	FAULT_CLOSE_REUSED, /* argument "commit": after handling it */
	FAULT_STATUS,
	FAULT_REDIRECT,
	/* of the client */
	FAULT_KILL, /* argument "before" (not handled) or "after" */
	/* of the answer, after handling */
	FAULT_COMMIT_CUT,
	FAULT_COMMIT_RESET,
	FAULT_STALL,
	FAULT_TRICKLE,
	FAULT_STATUS_COMMIT,
	FAULT_EMPTY,
	FAULT_BAD_JSON,
	FAULT_WRONG_LENGTH,
	FAULT_HUGE,
	/* of the task a create makes */
	FAULT_TASK_ERROR,
	FAULT_TASK_STUCK,
	FAULT_TASK_STATE,
	FAULT_TASK_HIDDEN,
	/* of a list */
	FAULT_COUNT_SHIFT,
	/* of load balancers */
	FAULT_LOCK, /* `number` ms */
	FAULT_LIST_EDIT,
	FAULT_LISTENER_ERROR,
	FAULT_NOT_SERVED,
};

struct fault {
	enum fault_kind kind;
	const char *name; /* as in the script */
	long number;      /* bytes, milliseconds, status */
	char text[256];   /* the rest of the line */
};

struct faults;

/* Read a script; NULL path: no faults. NULL with `fail` filled: FAIL_USAGE
 * with file and line. */
struct faults *faults_load(const char *path, struct fail *fail) MUST_CHECK;
void faults_free(struct faults *faults);

/* Read a script in the place of the one before, all counts anew. False:
 * FAIL_USAGE as above, and the one before stays. */
bool faults_again(
    struct faults *faults, const char *path, struct fail *fail) MUST_CHECK;

/*
 * The first fault left for this request, taken off its count; {0} for none.
 * `method` "CONNECT" stands for a connection being made; `first`: the first
 * request of its connection.
 */
struct fault faults_take(
    struct faults *faults, const char *method, const char *path, bool first);

#endif
