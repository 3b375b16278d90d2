/* JWT claims (RFC 7519 §4.1): the checks that do not depend on who asks. `now` is a parameter. */
#ifndef JOSE_JWT_H
#define JOSE_JWT_H

#include "jose/jws.h"

struct jwt_checks {
    const char *issuer;           /* NULL: not checked */
    const char *const *audiences; /* any overlap is enough; 0: not checked */
    size_t audience_count;
    const char *audience_claim;   /* NULL: "aud" */
    bool require_exp;
    int64_t leeway_s; /* on exp, nbf and iat */
};

/* The payload as JSON, from the arena. UNAUTHENTICATED "Invalid payload string: must be a json object". */
MUST_USE agentos_status jwt_claims(arena *a, const struct jws *jws, const json_t **out, agentos_error *err);

/* UNAUTHENTICATED with the contract's whole text ("Token has expired", "Invalid token: The token is not yet
 * valid (nbf)", "Invalid token: Subject must be a string", the audience and issuer texts of routes.md §2). In this order: times, subject,
 * audience, issuer. NumericDates are JSON numbers in 0..2^53; anything else is refused. */
MUST_USE agentos_status jwt_check(const json_t *claims, const struct jwt_checks *checks, int64_t now_s,
                                  agentos_error *err);

#endif
