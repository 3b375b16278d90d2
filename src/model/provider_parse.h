/* Parses a long value of a provider's answer on another thread, since it would hold up the other
 * calls of its loop. */
#ifndef MODEL_PROVIDER_PARSE_H
#define MODEL_PROVIDER_PARSE_H

#include "base/limits.h"
#include "model/provider_call.h"

enum { PARSED_AWAY_MIN_BYTES = 256 * KiB }; /* shorter values take a few milliseconds */

/* Starts to parse the bytes from `begin` to `end` of the text, whose memory it takes over. Sets
 * call->body.parse. provider_on_parsed is called at the end, unless the parse is dropped. */
void provider_parse_begin(struct provider_call *call, buf text, size_t begin, size_t end);

/* Forgets the parse, if there is one, so that the call may be freed. */
void provider_parse_drop(struct provider_call *call);

#endif
