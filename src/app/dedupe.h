/* After creates: of several secrets of one version, which hosts may make at
 * the same time, one stays. */
#ifndef APP_DEDUPE_H
#define APP_DEDUPE_H

#include "app/batch.h"

/*
 * Look once more at what is there, name the secret that counts in each
 * result, and delete what this run made too much. What cannot be done now is
 * noted, not a failure: the secret is there.
 */
void dedupe(struct batch *batch);

#endif
