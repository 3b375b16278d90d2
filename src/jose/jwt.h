/* JWT claims (RFC 7519 §4.1): reading them, and the checks of the registered ones. The time is a
 * parameter. */
#ifndef JOSE_JWT_H
#define JOSE_JWT_H

#include "jose/claim_path.h"
#include "jose/jws.h"

/* 2^53: beyond it a double no longer tells seconds apart. */
#define NUMERIC_DATE_MAX ((int64_t)1 << 53)

struct jwt_checks {
    const char *issuer;           /* NULL: not checked */
    const char *const *audiences; /* any overlap is enough; 0: not checked */
    size_t audience_count;
    struct claim_path audience_claim; /* zeroed: "aud" */
    bool require_exp;
    int64_t leeway_s; /* on exp, nbf and iat */
};

/* The payload as a JSON object, from the arena. UNAUTHENTICATED with a bare reason, as in jws.h:
 * "Invalid payload string: must be a json object". */
MUST_USE agentos_status jwt_claims(arena *a, const struct jws *jws, const json_t **out,
                                   agentos_error *err);

/* UNAUTHENTICATED with the contract's whole text ("Token has expired", "Invalid token: The token is
 * not yet valid (nbf)", "Invalid token: Subject must be a string", the audience and issuer texts of
 * the wire contract). In this order: kind, times, subject, audience, issuer. NumericDates are JSON
 * numbers in 0..2^53; anything else is refused. */
MUST_USE agentos_status jwt_check(const json_t *claims, const struct jwt_checks *checks,
                                  int64_t now_s, agentos_error *err);

/* Does the header's `typ` say that the token is for something else? A logout, DPoP, id or security
 * event token (RFC 8725 §3.11). With or without "application/", in any case (RFC 7515 §4.1.9). */
bool jwt_type_is_refused(str typ);

#endif
