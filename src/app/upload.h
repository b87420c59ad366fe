/* The pipeline: files -> chains -> what the server has -> plans -> bundles ->
 * secrets. The function to read first. */
#ifndef APP_UPLOAD_H
#define APP_UPLOAD_H

#include "app/cfg_parse.h"
#include "app/deployment.h"
#include "app/status.h"

/*
 * Do what `all` asks for. `deployments`, one for each certificate of it and {0}
 * before, are filled with what became of each; deployment_clear them. With
 * --status the empty `status` is filled as well; status_clear it. False: what
 * stopped them all is in `fail`, in the results of those it stopped, and in
 * `status`.
 */
bool upload_all(const struct cfg_all *all, struct deployment *deployments,
    struct status *status, struct fail *fail) MUST_CHECK;

#endif
