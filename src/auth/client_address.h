/* The address of the client that sent a request, even if the request came through proxies. */
#ifndef AUTH_CLIENT_ADDRESS_H
#define AUTH_CLIENT_ADDRESS_H

#include "http/message.h"
#include "http/network.h"

/* Returns the address of the client. Without a trusted proxy this is the peer's. Behind trusted
 * proxies it is the last address in X-Forwarded-For that does not belong to one of them, because
 * only the entries that trusted proxies appended can be believed. The text is allocated in the
 * arena or borrowed from the request. */
const char *client_address(const struct request *request, const struct network *proxies,
                           size_t count, arena *a);

#endif
