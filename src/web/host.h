/* Which Host a request may name, and which Origin it may come from. A server with authentication
 * takes any; an open one only loopback and what is listed, so that no web page reaches it through a
 * name of its own (DNS rebinding). */
#ifndef WEB_HOST_H
#define WEB_HOST_H

#include "web/surface.h"

bool host_is_allowed(const struct surface *surface, const struct headers *headers);

/* Whether the page that sends this request may. A browser posts a form to any server without asking
 * it, and an open server has nothing else to tell its own pages from others: a request that changes
 * something must come from the server's own pages, from one of cors_origins, or from no page. */
bool origin_is_allowed(const struct surface *surface, const struct request *request);

#endif
