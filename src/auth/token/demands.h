/* The demands of an issuer on its tokens, beyond the checks of every token: the type, the lifetime
 * and the values of claims. */
#ifndef AUTH_TOKEN_DEMANDS_H
#define AUTH_TOKEN_DEMANDS_H

#include "auth/token/claims.h"

/* A claim that must have one of these values. "true" and "false" also match the booleans. */
struct claim_rule {
    struct claim_path path;
    const char *const *values; /* if there are none, any value that is not empty is accepted */
    size_t count;
};

struct demands {
    /* the accepted values of the header's typ; "-" means that it may be absent */
    const char *const *types;
    size_t type_count;
    int64_t max_lifetime_s; /* always positive */
    int64_t leeway_s;
    const struct claim_rule *rules;
    size_t rule_count;
};

/* Checks the demands in the order type, lifetime, claims. Returns UNAUTHENTICATED with the bare
 * reason, without "Invalid token: ". The claims must have passed jwt_check. */
MUST_USE agentos_status demands_check(const struct demands *demands, str typ, const json_t *claims,
                                      int64_t now_s, agentos_error *err);

/* Returns the first rule that the claims do not meet, or NULL if they meet all. It lives as long as
 * the demands. */
const struct claim_rule *demands_unmet_rule(const struct demands *demands, const json_t *claims);

#endif
