/* The protection against cross-site request forgery. A browser adds a cookie to the requests of
 * any page. A token from a cookie is therefore refused for a change, or for a WebSocket, if the
 * request says that it comes from another site or from an origin that is neither this server's own
 * nor listed. Tokens in headers need no such check, because another site's page cannot make the
 * browser add one. */
#ifndef AUTH_CROSS_SITE_H
#define AUTH_CROSS_SITE_H

#include "http/cors.h"

struct cross_site_rules {
    /* the origins of the same site whose pages may use a cookie, beside this server's own */
    const struct cors *origins;
    bool guards_reads; /* requests that change nothing are checked too */
};

/* Checks a request whose token comes from a cookie. Returns FORBIDDEN if the request may change
 * something, or the rules guard reads, and Sec-Fetch-Site says cross-site, or Origin is repeated,
 * or Origin is neither the request's own host nor one of the rules' origins. A request with neither
 * header passes, because it does not come from a browser. */
MUST_USE agentos_status cross_site_check(const struct request *request,
                                         const struct cross_site_rules *rules, agentos_error *err);

#endif
