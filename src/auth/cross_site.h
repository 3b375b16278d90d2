/* Protection against cross-site request forgery. A browser adds cookies to the requests of any
 * page, so a cookie is rejected for changes and WebSockets from other sites. Tokens in headers need
 * no check. */
#ifndef AUTH_CROSS_SITE_H
#define AUTH_CROSS_SITE_H

#include "http/cors.h"

struct cross_site_rules {
    /* additional origins of the same site whose pages may use a cookie */
    const struct cors *origins;
    bool guards_reads; /* also checks safe requests */
};

/* Checks a request whose token comes from a cookie. Returns FORBIDDEN if the request may change
 * something, or the rules guard reads, and Sec-Fetch-Site names another site (for guarded reads,
 * another origin), or Origin is repeated, or Origin is neither the request's own host nor one of
 * the rules' origins. A request with neither header passes, because it does not come from a
 * browser. */
MUST_USE agentos_status cross_site_check(const struct request *request,
                                         const struct cross_site_rules *rules, agentos_error *err);

#endif
