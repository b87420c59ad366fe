/* What follows the upload of one certificate: listeners and pools to be
 * switched, addresses to be verified, versions that give way. */
#ifndef APP_ROLLOUT_H
#define APP_ROLLOUT_H

#include "app/cfg.h"
#include "deploy/change.h"
#include "deploy/probe.h"
#include "pki/served.h"

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

/* Is more asked for than the upload? */
bool rollout_is_wanted(const struct cfg *cfg);
/* Do listeners and pools have to be known? */
bool rollout_needs_referrers(const struct cfg *cfg);

void rollout_clear(struct rollout *rollout);

#endif
