/* One certificate on its way from its files to its secret. */
#ifndef APP_UNIT_H
#define APP_UNIT_H

#include "app/inputs.h"
#include "app/rollout.h"
#include "app/target.h"
#include "deploy/create.h"
#include "deploy/result.h"
#include "pki/chain.h"

struct unit {
	const struct cfg *cfg;
	struct chain chain; /* as found in the files; empty when refused */
	struct plan_want want;
	struct target *target;
	const struct unit
	    *duplicate;        /* one before that wants the same secret */
	struct create *create; /* of the create; NULL: there is none */
	struct rollout rollout;
	struct result result;
};

/* Read the files and name the secret. False: `result` says why. */
bool unit_read(struct unit *unit, struct inputs_common *common) MUST_CHECK;

/* --check, --output: make a bundle, and send nothing. */
void unit_check(struct unit *unit);

/* Decide by what the target's inventory poll found. */
void unit_plan(struct unit *unit);

/* Is something still to be done for it? */
bool unit_is_open(const struct unit *unit);

/* Begin the create in `create`, which must stay. */
void unit_begin(
    struct unit *unit, struct create *create, enum api_version *version);

/* The create has ended. */
void unit_end(struct unit *unit);

/* It failed for a reason that is not its own. */
void unit_fail(struct unit *unit, const struct fail *why);

void unit_clear(struct unit *unit);

#endif
