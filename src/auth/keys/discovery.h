/* An issuer's discovery document: the URLs at which it may be found, and how it is read. These
 * functions do no I/O; key_fetch.h fetches the document. */
#ifndef AUTH_KEYS_DISCOVERY_H
#define AUTH_KEYS_DISCOVERY_H

#include "base/arena.h"
#include "base/error.h"
#include "http/egress.h"

enum { DISCOVERY_URLS = 2 };

/* Fills urls with the URLs at which the document may be found, in the order in which they are to be
 * requested: first that of OpenID Connect Discovery §4, then that of RFC 8414 §3.1. They are
 * allocated in the arena. */
void discovery_urls(arena *a, str issuer, const char *urls[DISCOVERY_URLS]);

struct discovery_rules {
    const char *issuer; /* the issuer that the document must name */
    /* the kind of addresses that the jwks_uri must have, the same as the configured URL's */
    enum egress egress;
    bool allow_http; /* the jwks_uri may be plain http, as the configured URL is */
};

/* Stores the document's jwks_uri, which remote_url_check accepts, in *out; it is allocated in the
 * arena. Returns INVALID with a sentence that continues the document's URL: "is not JSON: ...", "is
 * of the issuer 'x', not 'y'", "leads to ...". */
MUST_USE agentos_status discovery_read(arena *a, str document, const struct discovery_rules *rules,
                                       const char **out, agentos_error *err);

#endif
