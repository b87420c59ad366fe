/* The pipeline: files -> chain -> what the server has -> plan -> bundle ->
 * secret. The function to read first. */
#ifndef APP_UPLOAD_H
#define APP_UPLOAD_H

#include "app/cfg.h"
#include "deploy/result.h"
#include "pki/chain.h"

/*
 * Do what `cfg` asks for, for one certificate. `chain` is what was found in
 * the files (empty when they were refused; without its key), `result` what
 * became of it. False exactly when `result->status` is RESULT_FAILED.
 */
bool upload_all(const struct cfg *cfg, struct chain *chain,
    struct result *result) MUST_CHECK;

#endif
