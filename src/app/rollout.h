/* From uploaded to served: listeners and pools are switched to the secret,
 * what is served is proved, and old versions are cleared away. */
#ifndef APP_ROLLOUT_H
#define APP_ROLLOUT_H

#include "app/cfg.h"
#include "deploy/change.h"
#include "deploy/probe.h"
#include "pki/served.h"

struct batch;
struct deployment;

/* What is to be done for one certificate, and what became of it. */
struct rollout {
	struct id_list older; /* versions that give way to it */
	struct change *changes;
	size_t change_count;
	struct served_want *served; /* of the probes */
	struct probe *probes;
	size_t probe_count;
	bool had_surplus; /* were there versions too many at first? */
	bool failed;      /* one of the changes did */
	bool back;        /* those that were made are to be put back */
};

/* Is the upload all that is asked for? Then none of this is needed. */
bool rollout_is_wanted(const struct cfg *cfg);
/* Do listeners and pools have to be known? */
bool rollout_needs_referrers(const struct cfg *cfg);

/* Choose the listeners and pools, by what the target's inventory poll found;
 * the deployment's plan is made. Failures as switching_choose, probe_parse. */
bool rollout_plan(struct deployment *deployment, struct fail *fail) MUST_CHECK;

/*
 * Switch, prove, put back what is not proved, and clear away, for every
 * deployment whose secret is there. What fails is in its result: the cause's
 * class, or FAIL_UNSERVED. False: FAIL_INTERNAL.
 */
bool rollout_run(struct batch *batch, struct fail *fail) MUST_CHECK;

/* Look once what is served, for every deployment that has probes; their
 * failures tell. FAIL_INTERNAL, FAIL_SIGINT, FAIL_SIGTERM. */
bool rollout_look(struct batch *batch, struct fail *fail) MUST_CHECK;

void rollout_clear(struct rollout *rollout);

#endif
