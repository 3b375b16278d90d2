/* The event loop and the HTTP client of a command that calls other servers. */
#ifndef CLI_NET_H
#define CLI_NET_H

#include "base/buf.h"
#include "http/client.h"

struct net {
    struct loop *loop; /* runs until the receiver of the answer calls loop_stop */
    struct client *client;
};

/* Returns INTERNAL if the system has no descriptors for a loop. */
MUST_USE agentos_status net_open(struct net *net, agentos_error *err);
void net_close(struct net *net); /* may also be called with a zeroed one */

/* Fetches the key set at this URL once, by the same rules as a server (remote_url.h, key_fetch.h),
 * and appends it to out. Returns INVALID if keys must not be fetched from this URL, and UPSTREAM if
 * they could not be fetched. Blocks for a few seconds at most. */
MUST_USE agentos_status net_fetch_keys(const char *url, buf *out, agentos_error *err);

#endif
