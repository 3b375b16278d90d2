/* The address of the client behind trusted proxies. */
#ifndef AUTH_CLIENT_ADDRESS_H
#define AUTH_CLIENT_ADDRESS_H

#include "http/message.h"
#include "http/network.h"

/* Returns the peer's address, or behind trusted proxies the last address in X-Forwarded-For that is
 * not one of theirs. Only the entries that trusted proxies appended are reliable. Allocated from
 * the arena or borrowed from the request. */
const char *client_address(const struct request *request, const struct network *proxies,
                           size_t count, arena *a);

#endif
