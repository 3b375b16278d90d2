/* An issuer's discovery document: where it may stand, and what counts of it. Pure: fetching it is
 * key_fetch.h's. */
#ifndef AUTH_KEYS_DISCOVERY_H
#define AUTH_KEYS_DISCOVERY_H

#include "base/arena.h"
#include "base/error.h"
#include "http/egress.h"

enum { DISCOVERY_PLACES = 2 };

/* In the order to ask in: OpenID Connect Discovery §4, RFC 8414 §3.1. From the arena. */
void discovery_places(arena *a, str issuer, const char *places[DISCOVERY_PLACES]);

/* Whose document it must be, and which addresses it may lead to: what the issuer's own URL allows
 * holds for what it says. */
struct discovery_rules {
    const char *issuer;
    enum egress egress;
};

/* *out: its jwks_uri, which remote_url_check passes; from the arena. INVALID: "is not JSON: ...",
 * "is of the issuer 'x', not 'y'", "leads to ...", to be read after the document's URL. */
MUST_USE agentos_status discovery_read(arena *a, str document, const struct discovery_rules *rules,
                                       const char **out, agentos_error *err);

#endif
