/* Which Host a request may name. A server with authentication takes any; an open one only loopback
 * and what is listed, so that no web page reaches it through a name of its own (DNS rebinding). */
#ifndef API_HOST_H
#define API_HOST_H

#include "api/context.h"

bool host_is_allowed(const struct catalogue *catalogue, const struct headers *headers);

#endif
