/* Computes how long to wait before a provider is tried again. The clock and the random number are
 * parameters. */
#ifndef MODEL_RETRY_H
#define MODEL_RETRY_H

#include "base/str.h"

/* Returns the pause before this retry, which is at least 1. The base is doubled for each retry, and
 * a random part of up to a half is taken off, so that clients that failed together do not return
 * together. */
uint64_t retry_pause_ms(uint64_t base_ms, int64_t attempt, uint32_t random);

/* Parses Retry-After, which is a number of seconds or an HTTP date (RFC 9110 §10.2.3). A date in
 * the past gives 0. Returns false if it is neither. */
bool retry_after_parse(str value, int64_t now_s, int64_t *out_ms);

#endif
