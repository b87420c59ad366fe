/* Why a chain is not taken. */
#ifndef PKI_REFUSAL_H
#define PKI_REFUSAL_H

#include "pki/choice.h"

/*
 * Is the path chosen good enough by the rules? FAIL_INPUT says why it is not,
 * and which certificate is to blame; if an issuer is missing, `missing` gets
 * the addresses where it may be had. What is tolerated, and may fail, goes to
 * `warnings`.
 */
bool refusal_check(const struct choice *choice, struct buf *missing,
    struct buf *warnings, struct fail *fail) MUST_CHECK;

#endif
