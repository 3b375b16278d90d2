/* The request target: path and query (RFC 9112 §3.2). */
#ifndef HTTP_TARGET_H
#define HTTP_TARGET_H

#include "http/head.h"
#include "http/message.h"

/* Fills path, query and is_plain_path from target; method and headers must be set. */
bool target_read(arena *a, struct request *request, struct refusal *why);

#endif
