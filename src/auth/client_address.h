/* Whom a request comes from, where proxies stand between. */
#ifndef AUTH_CLIENT_ADDRESS_H
#define AUTH_CLIENT_ADDRESS_H

#include "http/message.h"
#include "http/network.h"

/* The peer; behind trusted proxies the last address of X-Forwarded-For that is none of theirs,
 * since only what they wrote themselves can be believed. From the arena, or the request. */
const char *client_address(const struct request *request, const struct network *proxies,
                           size_t count, arena *a);

#endif
