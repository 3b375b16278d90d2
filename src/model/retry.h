/* How long to wait before a provider is tried again. Pure: the clock and the random number come
 * from the caller. */
#ifndef MODEL_RETRY_H
#define MODEL_RETRY_H

#include "base/str.h"

/* The pause before retry number `attempt`, from 1 on: base doubled each time, of which a
 * random part, up to a half, is taken off so that clients which failed together do not return
 * together. */
uint64_t retry_pause_ms(uint64_t base_ms, int64_t attempt, uint32_t random);

/* Reads Retry-After: seconds or an HTTP date (RFC 9110 §10.2.3), of which one in the past is 0.
 * false: it is neither. */
bool retry_after_parse(str value, int64_t now_s, int64_t *out_ms);

#endif
