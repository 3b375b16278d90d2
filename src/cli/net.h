/* The event loop and the HTTP client of a command. */
#ifndef CLI_NET_H
#define CLI_NET_H

#include "base/buf.h"
#include "http/client.h"

struct net {
    struct loop *loop; /* runs until the answer's callback calls loop_stop */
    struct client *client;
};

/* Returns INTERNAL if no descriptors are left. */
MUST_USE agentos_status net_open(struct net *net, agentos_error *err);
void net_close(struct net *net); /* does nothing if zeroed */

/* Fetches a key set as a server does (remote_url.h, key_fetch.h) and appends it to out. Returns
 * INVALID if the URL is not allowed, and UPSTREAM if the fetch failed. Blocks for a few seconds at
 * most. */
MUST_USE agentos_status net_fetch_keys(const char *url, buf *out, agentos_error *err);

#endif
