/* Decides which Host a request may name and which Origin it may come from. A server with
 * authentication accepts any. An open server accepts only loopback names and the listed hosts, so
 * that a web page cannot reach it by a name that the page's owner controls (DNS rebinding). */
#ifndef WEB_HOST_H
#define WEB_HOST_H

#include "web/surface.h"

bool host_is_allowed(const struct surface *surface, const struct headers *headers);

/* Returns true if the page that sends this request may send it. A browser posts a form to any
 * server without asking the server first, and an open server cannot tell its own pages from others
 * by a credential. A request that changes something must therefore come from the server's own
 * pages, from one of cors_origins, or not from a page at all. */
bool origin_is_allowed(const struct surface *surface, const struct request *request);

#endif
