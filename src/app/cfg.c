#include "app/cfg.h"

const char *
cfg_title(const struct cfg *cfg)
{
	return cfg->title == NULL ? "" : cfg->title;
}

bool
cfg_is_look(const struct cfg *cfg)
{
	return cfg->dry_run || cfg->status;
}
