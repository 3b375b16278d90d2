/* Reads and checks the claims of a JWT (RFC 7519 §4.1). */
#ifndef JOSE_JWT_H
#define JOSE_JWT_H

#include "jose/claim_path.h"
#include "jose/jws.h"

/* The largest accepted NumericDate. Beyond 2^53 a double cannot represent every second. */
#define NUMERIC_DATE_MAX ((int64_t)1 << 53)

struct jwt_checks {
    const char *issuer; /* NULL if the issuer is not checked */
    /* the token must have one of them; not checked if there are none */
    const char *const *audiences;
    size_t audience_count;
    struct claim_path audience_claim; /* "aud" if zeroed */
    bool require_exp;
    int64_t leeway_s; /* allowed for exp, nbf and iat */
};

/* Parses the payload into a JSON object in the arena. Returns UNAUTHENTICATED with the reason, such
 * as "Invalid payload string: must be a json object". */
MUST_USE agentos_status jwt_claims(arena *a, const struct jws *jws, const json_t **out,
                                   agentos_error *err);

/* Checks the registered claims in this order: the kind of token, the times, the subject and the
 * token's id, the audience, the issuer. Returns UNAUTHENTICATED with the text of the
 * contract, such as "Token has expired", "Invalid token: The token is not yet valid (nbf)" or
 * "Invalid token: Subject must be a string". A NumericDate must be a JSON number from 0 to 2^53. */
MUST_USE agentos_status jwt_check(const json_t *claims, const struct jwt_checks *checks,
                                  int64_t now_s, agentos_error *err);

/* Returns true if `typ` is that of a logout token, a DPoP proof, an ID token or a security event
 * (RFC 8725 §3.11). Ignores case and the prefix "application/" (RFC 7515 §4.1.9). */
bool jwt_type_is_refused(str typ);

#endif
