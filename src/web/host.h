/* Checks of the Host and Origin headers, against DNS rebinding and cross-site requests to an open
 * server. */
#ifndef WEB_HOST_H
#define WEB_HOST_H

#include "web/surface.h"

/* Returns true if the server accepts the Host header. A server with authentication accepts any; an
 * open one accepts loopback names and the configured hosts. */
bool host_is_allowed(const struct surface *surface, const struct headers *headers);

/* Returns true if the page that sent the request may send it. On an open server, a request that
 * changes something must come from the server's own pages, from one of cors_origins, or from no
 * page at all. */
bool origin_is_allowed(const struct surface *surface, const struct request *request);

#endif
