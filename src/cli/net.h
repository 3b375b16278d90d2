/* The event loop and the HTTP client of a command that calls other servers. */
#ifndef CLI_NET_H
#define CLI_NET_H

#include "base/buf.h"
#include "http/client.h"

struct net {
    struct loop *loop; /* runs until the receiver of the answer calls loop_stop */
    struct client *client;
};

/* INTERNAL: the system has no descriptors for a loop. */
MUST_USE agentos_status net_open(struct net *net, agentos_error *err);
void net_close(struct net *net); /* a zeroed one too */

/* Fetches the key set at this URL once, by the rules that a server follows (remote_url.h,
 * key_fetch.h), and appends it to out. INVALID: keys may not be fetched from this URL; UPSTREAM: it
 * could not be fetched. Blocks, for seconds at most. */
MUST_USE agentos_status net_fetch_keys(const char *url, buf *out, agentos_error *err);

#endif
