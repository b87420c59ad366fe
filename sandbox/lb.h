/*
 * Load balancers with their listeners and pools: what is on record and what
 * locks it. A balancer and all that belongs to it are a tree, changed by one
 * task at a time.
 */
#ifndef SANDBOX_LB_H
#define SANDBOX_LB_H

#include "state.h"

/* NULL when there is none. */
struct lb_record *lb_find(const struct state *state, enum lb_kind kind,
    int project, int region, const char *id);

/* The task that locks the tree of this balancer, or NULL. */
const struct state_task *lb_lock(
    const struct state *state, const char *balancer);

/* A record as it is shown: with its lock and its relations. */
cJSON *lb_json(const struct state *state, const struct lb_record *record);

/* The `index`-th secret a record or patch names, default one first; NULL
 * behind the last. */
const char *lb_named(const cJSON *json, int index);

/* Who refers to a secret, or is about to; NULL: nobody. */
const struct lb_record *lb_user(const struct state *state, const char *secret);

void lb_set_text(cJSON *json, const char *name, const char *text);

/* Put a secret of somebody else in front of a listener's SNI list. */
void lb_edit(struct state *state, struct lb_record *listener);

#endif
