/* The only reader of clocks and randomness: everything that decides takes
 * them as arguments. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include "base/defs.h"

/* Seconds of a day. */
#define CLOCK_DAY 86400

/* Milliseconds of a clock that never jumps; only differences mean
 * something. */
int64_t clock_ms(void);

/* Seconds since 1970-01-01 UTC, as this host believes. */
int64_t clock_wall(void);

/* A number in [0, 1) for spreading retries. Not for cryptography. */
double clock_jitter(void);

/* `seconds` since 1970 (UTC) as "2026-07-01T13:33:36", the spelling of the
 * API's own times. */
#define CLOCK_ISO_SIZE 32
void clock_iso(int64_t seconds, char text[CLOCK_ISO_SIZE]);
/* The same as the day alone: "20260701". */
void clock_day(int64_t seconds, char text[CLOCK_ISO_SIZE]);

#endif
