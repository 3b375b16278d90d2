/* The demands of an issuer on its tokens, beyond those on every token: type, lifetime, claims. */
#ifndef AUTH_TOKEN_DEMANDS_H
#define AUTH_TOKEN_DEMANDS_H

#include "auth/token/claims.h"

/* A claim must have one of these values; `true` and `false` also stand for the booleans. */
struct claim_rule {
    struct claim_path path;
    const char *const *values; /* none: any that is not empty */
    size_t count;
};

struct demands {
    const char *const *types; /* accepted typ of the header; "-": it may be absent */
    size_t type_count;
    int64_t max_lifetime_s; /* positive */
    int64_t leeway_s;
    const struct claim_rule *rules;
    size_t rule_count;
};

/* UNAUTHENTICATED with a bare reason, as in jws.h. The claims have passed jwt_check. */
MUST_USE agentos_status demands_check(const struct demands *demands, str typ, const json_t *claims,
                                      int64_t now_s, agentos_error *err);

/* The first rule that the claims do not meet, for which demands_check refuses them; NULL: all are
 * met. */
const struct claim_rule *demands_unmet_rule(const struct demands *demands, const json_t *claims);

#endif
