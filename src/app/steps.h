/*
 * The steps of a run, in the order in which upload.c takes them. A step works
 * on all deployments of the batch that are still concerned, side by side, and
 * leaves what became of each in its result. False: FAIL_INTERNAL, or another
 * failure that stops them all.
 */
#ifndef APP_STEPS_H
#define APP_STEPS_H

#include "app/batch.h"

/* Read the files and build the chains. False: none is left to go on with. */
bool step_read(struct batch *batch);

/* --check, --output: make the bundles, send nothing. */
void step_check(struct batch *batch);

/* Name the secrets, before the server is asked. False: none is left. */
bool step_name(struct batch *batch);

/* Find project and region of each target, and what the server has there. */
bool step_look(struct batch *batch, struct fail *fail) MUST_CHECK;

/* Decide for each deployment: reuse, wait or create, and which listeners. */
void step_plan(struct batch *batch);

/* Does the quota hold all creates? If not, none is sent to that region. A
 * single create is not asked for: the server's refusal says the same. */
bool step_quota(struct batch *batch, struct fail *fail) MUST_CHECK;

/* Create the secrets. */
bool step_create(
    struct batch *batch, int64_t until_ms, struct fail *fail) MUST_CHECK;

/*
 * Look once more after creates. Hosts may create the same version at the same
 * time: one of its secrets counts and goes into the results. Surplus ones that
 * this run created are deleted; a failure to delete is only noted.
 */
void step_dedupe(struct batch *batch);

/* Switch listeners and pools to the secrets. */
bool step_switch(
    struct batch *batch, int64_t until_ms, struct fail *fail) MUST_CHECK;

/* Wait until the addresses serve the certificates. */
bool step_verify(
    struct batch *batch, int64_t until_ms, struct fail *fail) MUST_CHECK;

/* --status: look once what is served; each probe's failure tells. FAIL_SIGINT
 * and FAIL_SIGTERM as well. */
bool step_look_served(struct batch *batch, struct fail *fail) MUST_CHECK;

/* Put listeners back where step_switch or step_verify failed. */
bool step_put_back(struct batch *batch, struct fail *fail) MUST_CHECK;

/* Delete versions beyond those to keep that no listener or pool refers to.
 * What cannot be deleted now is noted: the next run tries again. */
bool step_prune(struct batch *batch, struct fail *fail) MUST_CHECK;

#endif
