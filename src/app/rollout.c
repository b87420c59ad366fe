#include "app/rollout.h"

#include "base/mem.h"

bool
rollout_needs_referrers(const struct cfg *cfg)
{
	return cfg->listeners.count > 0 || cfg->sni_listeners.count > 0 ||
	       cfg->rotate || cfg->keep > 0 || cfg->rollback;
}

bool
rollout_is_wanted(const struct cfg *cfg)
{
	return rollout_needs_referrers(cfg) || cfg->verify.count > 0;
}

void
rollout_clear(struct rollout *rollout)
{
	for (size_t i = 0; i < rollout->change_count; i++)
		change_clear(&rollout->changes[i]);
	for (size_t i = 0; i < rollout->probe_count; i++)
		probe_clear(&rollout->probes[i]);
	mem_free(rollout->changes);
	mem_free(rollout->probes);
	mem_free(rollout->served);
	id_list_clear(&rollout->older);
}
