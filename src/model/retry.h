/* Computes the pause before a retry. */
#ifndef MODEL_RETRY_H
#define MODEL_RETRY_H

#include "base/str.h"

/* Returns the pause before retry number `attempt`, counted from 1: the base, doubled for each
 * retry, minus a random part of up to a half to spread clients that failed together. */
uint64_t retry_pause_ms(uint64_t base_ms, int64_t attempt, uint32_t random);

/* Parses Retry-After, seconds or an HTTP date (RFC 9110 §10.2.3). A date in
 * the past gives 0. Returns false if it is neither. */
bool retry_after_parse(str value, int64_t now_s, int64_t *out_ms);

#endif
