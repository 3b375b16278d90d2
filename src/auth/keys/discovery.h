/* An issuer's discovery document: where it may be found, and what is read of it. No I/O:
 * key_fetch.h fetches it. */
#ifndef AUTH_KEYS_DISCOVERY_H
#define AUTH_KEYS_DISCOVERY_H

#include "base/arena.h"
#include "base/error.h"
#include "http/egress.h"

enum { DISCOVERY_PLACES = 2 };

/* The URLs to ask, in order: OpenID Connect Discovery §4, RFC 8414 §3.1. From the arena. */
void discovery_places(arena *a, str issuer, const char *places[DISCOVERY_PLACES]);

/* Whose document it must be, and which addresses it may lead to: those that the configured URL may
 * have. */
struct discovery_rules {
    const char *issuer;
    enum egress egress;
};

/* *out: the document's jwks_uri, which remote_url_check accepts; from the arena. INVALID, to be
 * read after the document's URL: "is not JSON: ...", "is of the issuer 'x', not 'y'", "leads to
 * ...". */
MUST_USE agentos_status discovery_read(arena *a, str document, const struct discovery_rules *rules,
                                       const char **out, agentos_error *err);

#endif
