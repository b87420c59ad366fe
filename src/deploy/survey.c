#include "deploy/survey.h"

#include "net/retry.h"

/* Looks are several requests: they begin at about a second apart. */
#define LOOK_POLLS 10

void
survey_init(struct survey *survey, const struct api *api,
    enum inventory_scope scope,
    bool (*enough)(void *data, const struct survey *survey), void *data)
{
	*survey =
	    (struct survey){.enough = enough, .data = data, .begun_ms = -1};
	inventory_init(&survey->inventory, api, scope);
}

void
survey_clear(struct survey *survey)
{
	inventory_clear(&survey->inventory);
}

/* The inventory is whole, or failed. */
static enum flow_next
judge(struct survey *survey)
{
	survey->fail = survey->inventory.fail;
	survey->at = survey->fail.code != FAIL_NONE ||
			     survey->enough(survey->data, survey)
			 ? SURVEY_DONE
			 : SURVEY_REST;
	return survey->at == SURVEY_DONE ? FLOW_DONE : FLOW_WAIT;
}

static enum flow_next
next(void *self, struct flow_step *step)
{
	struct survey *survey = self;

	survey->now_ms = step->now_ms;
	if (survey->begun_ms < 0)
		survey->begun_ms = step->now_ms;
	switch (survey->at) {
	case SURVEY_LOOK:
		if (inventory_flow.next(&survey->inventory, step) == FLOW_SEND)
			return FLOW_SEND;
		return judge(survey);
	case SURVEY_REST:
		inventory_clear(&survey->inventory);
		survey->at = SURVEY_LOOK;
		step->wait_ms =
		    retry_poll_ms(LOOK_POLLS + survey->looks++, step->jitter);
		return FLOW_WAIT;
	default:
		return FLOW_DONE;
	}
}

static bool
accept(void *self, const struct http_response *response)
{
	struct survey *survey = self;

	return inventory_flow.accept(&survey->inventory, response);
}

static void
refuse(void *self, enum retry_verdict verdict,
    const struct http_response *response)
{
	struct survey *survey = self;

	inventory_flow.refuse(&survey->inventory, verdict, response);
}

static void
stop(void *self, bool in_flight, const struct fail *why)
{
	struct survey *survey = self;

	inventory_flow.stop(&survey->inventory, in_flight, why);
	survey->fail = survey->inventory.fail;
	survey->at = SURVEY_DONE;
}

const struct flow_ops survey_flow = {next, accept, refuse, stop};
