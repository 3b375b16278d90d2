/* What commands that speak to other servers stand on: a loop of their own, which runs until an
 * answer has come. */
#ifndef CLI_NET_H
#define CLI_NET_H

#include "base/buf.h"
#include "http/client.h"

struct net {
    struct loop *loop; /* whoever hears the answer calls loop_stop */
    struct client *client;
};

/* INTERNAL: the system grants no loop. */
MUST_USE agentos_status net_open(struct net *net, agentos_error *err);
void net_close(struct net *net); /* a zeroed one too */

/* The key set at this URL, appended to out. Once, within seconds, by the rules of a server's own
 * (auth/keys/remote_url.h, auth/keys/key_fetch.h). INVALID: a URL that keys may not come from;
 * UPSTREAM: it did not come. Blocks. */
MUST_USE agentos_status net_fetch_keys(const char *url, buf *out, agentos_error *err);

#endif
