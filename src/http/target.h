/* The request target: path and query (RFC 9112 §3.2). */
#ifndef HTTP_TARGET_H
#define HTTP_TARGET_H

#include "http/head.h"
#include "http/message.h"

/* Fills path, query and is_plain_path from target; method and headers must be set. The path is a
 * view of the target, or in the arena. false: why says more. */
bool target_read(arena *a, struct request *request, struct refusal *why);

#endif
