/* Where an outgoing request may arrive, decided on the resolved address at the moment of
 * connecting: a name that changes its mind (DNS rebinding) gains nothing. Decides nothing about
 * URLs. */
#ifndef HTTP_EGRESS_H
#define HTTP_EGRESS_H

#include <stdbool.h>

struct sockaddr;

enum egress {
    EGRESS_ANYWHERE,
    EGRESS_GUARDED,  /* not loopback, link-local, multicast, unspecified, nor a metadata service */
    EGRESS_LOOPBACK, /* loopback alone; no proxy either */
};

bool egress_allows(enum egress egress, const struct sockaddr *address);

#endif
