/* Parses the values of a provider's answer, long ones on another thread, since they would hold up
 * the other calls of the loop. */
#ifndef MODEL_PROVIDER_PARSE_H
#define MODEL_PROVIDER_PARSE_H

#include "base/limits.h"
#include "model/provider_call.h"

enum { PARSED_AWAY_MIN_BYTES = 32 * KiB }; /* shorter values take three milliseconds at most */

/* Returns the JSON value, or NULL if the text is none. The text of an event named "error" that is
 * no JSON becomes a string. The caller owns the value. */
json_t *provider_parse_value(str name, str text);

/* Starts to parse a value, which lies in the text, whose memory it takes over. `name` is copied.
 * Sets call->body.parse. provider_on_parsed is called at the end, unless the parse is dropped. */
void provider_parse_begin(struct provider_call *call, str name, buf text, str value);

/* Forgets the parse, if there is one, so that the call may be freed. */
void provider_parse_drop(struct provider_call *call);

#endif
