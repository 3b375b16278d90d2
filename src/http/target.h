/* The request target: a path and a query (RFC 9112 §3.2). */
#ifndef HTTP_TARGET_H
#define HTTP_TARGET_H

#include "http/head.h"
#include "http/message.h"

/* Sets path, query and is_plain_path from the target; method and headers must be set. The path is a
 * view of the target, or allocated in the arena. Returns false and fills in *why if the target is
 * not of this host. */
bool target_read(arena *a, struct request *request, struct refusal *why);

#endif
