/* Cross-site request forgery. A browser adds a cookie to any page's request, so a token from one
 * counts for a change, or for a WebSocket, only when the request comes from here or from a listed
 * origin. Tokens in headers need none of this: no page can make a browser send them. */
#ifndef AUTH_CROSS_SITE_H
#define AUTH_CROSS_SITE_H

#include "http/cors.h"

/* FORBIDDEN: Sec-Fetch-Site says cross-site, or Origin is neither the request's own host nor one of
 * these. A request with neither header is no browser's. */
MUST_USE agentos_status cross_site_check(const struct request *request, const struct cors *origins,
                                         agentos_error *err);

#endif
