/* One certificate on its way from its files to its listeners. */
#ifndef APP_DEPLOYMENT_H
#define APP_DEPLOYMENT_H

#include "app/inputs.h"
#include "app/rollout.h"
#include "app/target.h"
#include "deploy/create.h"
#include "deploy/result.h"
#include "pki/chain.h"

struct deployment {
	const struct cfg *cfg;
	struct chain chain; /* as found in the files; empty when refused */
	struct plan_want want;
	struct target *target;
	/* One before that wants the same secret, or NULL. */
	const struct deployment *duplicate;
	struct create *create; /* under way, or NULL */
	struct rollout rollout;
	struct result result;
};

/* Read the files and name the secret. False: `result` says why. */
bool deployment_read(
    struct deployment *deployment, struct inputs_common *common) MUST_CHECK;

/* --check, --output: make a bundle, and send nothing. */
void deployment_check(struct deployment *deployment);

/* Decide by what the target's inventory poll found. */
void deployment_plan(struct deployment *deployment);

/* Is something still to be done for it? */
bool deployment_is_open(const struct deployment *deployment);

/* Is the secret there, and nothing wrong so far? */
bool deployment_is_good(const struct deployment *deployment);

/* Once planned: is a create to be sent for it? */
bool deployment_needs_create(const struct deployment *deployment);

/* Begin its create, in `create`, which must stay. */
void deployment_begin(struct deployment *deployment, struct create *create,
    enum api_version *version);

/* The create has ended. */
void deployment_end(struct deployment *deployment);

/* It failed for a reason that is not its own. */
void deployment_fail(struct deployment *deployment, const struct fail *why);

/* It fails with `why`, though its secret is there; `back`: unless it was
 * interrupted, its listeners go back. */
void deployment_fail_rollout(
    struct deployment *deployment, const struct fail *why, bool back);

/* The ids of the versions that there are beyond the number to keep, by the
 * target's inventory poll, in the empty `surplus`. False without memory. */
bool deployment_surplus(
    const struct deployment *deployment, struct id_list *surplus) MUST_CHECK;

void deployment_clear(struct deployment *deployment);

#endif
