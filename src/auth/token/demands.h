/* An issuer's additional requirements for its tokens: the type, the lifetime and the values of
 * claims. */
#ifndef AUTH_TOKEN_DEMANDS_H
#define AUTH_TOKEN_DEMANDS_H

#include "auth/token/claims.h"

/* A claim and its accepted values. "true" and "false" also match booleans. */
struct claim_rule {
    struct claim_path path;
    const char *const *values; /* without values, any non-empty value is accepted */
    size_t count;
};

struct demands {
    /* the accepted values of the header's typ; "-" allows it to be absent */
    const char *const *types;
    size_t type_count;
    int64_t max_lifetime_s; /* always positive */
    int64_t leeway_s;
    const struct claim_rule *rules;
    size_t rule_count;
};

/* Checks the type, the lifetime and the claims, in this order. Returns UNAUTHENTICATED with the
 * reason, without "Invalid token: ". The claims must have passed jwt_check. */
MUST_USE agentos_status demands_check(const struct demands *demands, str typ, const json_t *claims,
                                      int64_t now_s, agentos_error *err);

/* Returns the first rule that the claims do not meet, or NULL. It lives as long as the demands. */
const struct claim_rule *demands_unmet_rule(const struct demands *demands, const json_t *claims);

#endif
