/* The pipeline: files -> chains -> what the server has -> plans -> bundles ->
 * secrets. The function to read first. */
#ifndef APP_UPLOAD_H
#define APP_UPLOAD_H

#include "app/unit.h"

/*
 * Do what `all` asks for. `units`, one for each certificate of it and {0}
 * before, are filled with what became of each; unit_clear them. False: what
 * stopped them all is in `fail`, and in the results of those it stopped.
 */
bool upload_all(const struct cfg_all *all, struct unit *units,
    struct fail *fail) MUST_CHECK;

#endif
