/* Clocks and time formats. Only this file reads the time; others take `now` as a parameter. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

#include "base/arena.h"

int64_t clock_now_s(void);         /* seconds since 1970, in UTC */
int64_t clock_now_us(void);        /* microseconds since 1970, in UTC */
uint64_t clock_monotonic_ns(void); /* for durations only */

enum { CLOCK_TEXT_SIZE = 32 };

/* Writes the time as "2026-11-21T19:16:08Z". Returns out. */
const char *clock_iso8601(int64_t epoch_s, char out[CLOCK_TEXT_SIZE]);
/* Writes the time as "2026-11-21T19:16:08.607744Z". Returns out. */
const char *clock_iso8601_us(int64_t epoch_us, char out[CLOCK_TEXT_SIZE]);
/* Writes the time as "Sat, 21 Nov 2026 19:16:08 GMT" (RFC 9110 §5.6.7). Returns out. */
const char *clock_http_date(int64_t epoch_s, char out[CLOCK_TEXT_SIZE]);

#endif
