/* What an issuer's tokens must be, beyond what every token must: type, lifetime, claims. */
#ifndef AUTH_TOKEN_DEMANDS_H
#define AUTH_TOKEN_DEMANDS_H

#include "auth/token/claims.h"

/* A claim must be one of these texts; `true` and `false` also as JSON has them. */
struct claim_rule {
    struct claim_path path;
    const char *const *values; /* none: it must be there, and not be empty */
    size_t count;
};

struct demands {
    const char *const *types; /* of the header's typ; "-": it may be absent */
    size_t type_count;
    int64_t max_lifetime_s;
    int64_t leeway_s;
    const struct claim_rule *rules;
    size_t rule_count;
};

/* UNAUTHENTICATED with a bare reason, as in jws.h. exp has been checked. */
MUST_USE agentos_status demands_check(const struct demands *demands, str typ, const json_t *claims,
                                      int64_t now_s, agentos_error *err);

/* The first rule that the claims do not meet, which is what demands_check refuses; NULL: none. */
const struct claim_rule *demands_unmet_rule(const struct demands *demands, const json_t *claims);

#endif
