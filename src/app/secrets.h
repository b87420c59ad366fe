/* Where the API key and passphrases come from: never from an option's
 * value. */
#ifndef APP_SECRETS_H
#define APP_SECRETS_H

#include "base/buf.h"

/*
 * The API key, in this order: the file `path` (or NULL), GCORE_API_KEY, the
 * systemd credential "api-key" ($CREDENTIALS_DIRECTORY, systemd.exec(5)),
 * GCORE_PERMANENT_TOKEN. One line of visible ASCII. FAIL_USAGE when there is
 * none, FAIL_AUTH when it cannot be one, FAIL_INPUT for an unusable file.
 */
bool secrets_api_key(
    const char *path, struct buf *key, struct fail *fail) MUST_CHECK;

/*
 * The passphrase of `file`: the first line of `path`, or, when that is NULL,
 * asked for on the terminal. FAIL_INPUT when there is neither.
 */
bool secrets_passphrase(const char *path, const char *file,
    struct buf *passphrase, struct fail *fail) MUST_CHECK;

#endif
