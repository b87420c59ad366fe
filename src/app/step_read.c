#include "app/steps.h"

bool
step_read(struct batch *batch)
{
	CLEANUP(inputs_common_clear) struct inputs_common common = {0};
	bool any = false;

	for (size_t i = 0; i < batch->count; i++)
		any |= deployment_read(&batch->deployments[i], &common);
	return any;
}

void
step_check(struct batch *batch)
{
	for (size_t i = 0; i < batch->count; i++)
		if (deployment_is_open(&batch->deployments[i]))
			deployment_check(&batch->deployments[i]);
}

bool
step_name(struct batch *batch)
{
	bool any = false;

	for (size_t i = 0; i < batch->count; i++) {
		struct deployment *deployment = &batch->deployments[i];

		if (deployment_is_open(deployment) &&
		    !plan_name(&deployment->want, deployment->result.plan.name,
			&deployment->result.fail))
			deployment_fail(deployment, &deployment->result.fail);
		any |= deployment_is_open(deployment);
	}
	return any;
}
