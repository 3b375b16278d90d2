/* An issuer's discovery document: its candidate URLs and its parsing. key_fetch.h fetches it. */
#ifndef AUTH_KEYS_DISCOVERY_H
#define AUTH_KEYS_DISCOVERY_H

#include "base/arena.h"
#include "base/error.h"
#include "http/egress.h"

enum { DISCOVERY_URLS = 2 };

/* Sets `urls` to the candidate URLs, allocated from the arena, in the order in which to request
 * them: OpenID Connect Discovery §4, then RFC 8414 §3.1. */
void discovery_urls(arena *a, str issuer, const char *urls[DISCOVERY_URLS]);

struct discovery_rules {
    const char *issuer; /* the issuer that the document must name */
    /* the addresses allowed for the jwks_uri, as for the configured URL */
    enum egress egress;
    bool allow_http; /* the jwks_uri may be plain http, as the configured URL is */
};

/* Stores the document's jwks_uri in *out, allocated from the arena and accepted by
 * remote_url_check. Returns INVALID with a message that continues the document's URL: "is not JSON:
 * ...", "is of the issuer 'x', not 'y'", "leads to ...". */
MUST_USE agentos_status discovery_read(arena *a, str document, const struct discovery_rules *rules,
                                       const char **out, agentos_error *err);

#endif
