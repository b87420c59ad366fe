/* What a process that holds private keys refuses to leave behind. */
#ifndef BASE_GUARD_H
#define BASE_GUARD_H

#include "base/defs.h"

/*
 * First thing in main: standard descriptors open, no core dump, no attaching
 * by other processes of the same user, no TLS key log, files made for the
 * owner only, a closed pipe is an error instead of a death; where libc can,
 * it overwrites freed memory as well.
 */
void guard_process(void);

#endif
