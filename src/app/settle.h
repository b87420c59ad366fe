/* After creates: of several secrets of one version, which hosts may make at
 * the same time, one stays. */
#ifndef APP_SETTLE_H
#define APP_SETTLE_H

#include "app/batch.h"

/*
 * Look once more at what is there, name the secret that counts in each
 * result, and delete what this run made too much. What cannot be done now is
 * noted, not a failure: the secret is there.
 */
void settle(struct batch *batch);

#endif
