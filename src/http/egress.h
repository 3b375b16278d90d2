/* Which addresses an outgoing request may connect to. It is decided on the resolved address at the
 * moment of connecting, so that a name which resolves differently the second time (DNS rebinding)
 * gains nothing. */
#ifndef HTTP_EGRESS_H
#define HTTP_EGRESS_H

#include <stdbool.h>

struct sockaddr;

enum egress {
    EGRESS_ANYWHERE,
    EGRESS_GUARDED,  /* not loopback, link-local, multicast, unspecified, nor a metadata service */
    EGRESS_LOOPBACK, /* loopback alone; no proxy either */
};

/* May a request with this permission connect to the address? */
bool egress_allows(enum egress egress, const struct sockaddr *address);

#endif
