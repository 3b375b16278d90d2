/* The addresses that an outgoing request may connect to, checked after name resolution against DNS
 * rebinding. */
#ifndef HTTP_EGRESS_H
#define HTTP_EGRESS_H

#include <stdbool.h>

struct sockaddr;

enum egress {
    EGRESS_ANYWHERE,
    EGRESS_GUARDED, /* not loopback, link-local, multicast or unspecified, nor a metadata service */
    EGRESS_LOOPBACK, /* only loopback, and without a proxy */
};

/* Returns true if a request with this permission may connect to the address. */
bool egress_allows(enum egress egress, const struct sockaddr *address);

#endif
