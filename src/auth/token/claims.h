/* What claims say of a caller: which claim means what, and how it is read. Trusts the claims;
 * verify.c has checked them. */
#ifndef AUTH_TOKEN_CLAIMS_H
#define AUTH_TOKEN_CLAIMS_H

#include "auth/scope/principal.h"
#include "auth/token/scope_shape.h"
#include "jose/claim_path.h"

/* A text where a list of scopes may stand. */
enum scope_strings {
    SCOPE_STRINGS_BY_NAME, /* split at blanks in `scope` and `scp` (RFC 8693, RFC 9068), else one */
    SCOPE_STRINGS_SPLIT,
    SCOPE_STRINGS_SINGLE,
};

/* A claim option: names, the first that is there counts. 0: the default. */
struct claim_names {
    const char *const *all;
    size_t count;
};

/* A zeroed rule reads nothing. */
struct principal_rules {
    const char *admin_scope;
    bool unscoped;
    bool is_unverified; /* nobody has checked a signature: see principal.h */
    int64_t leeway_s;   /* on the expiry, as in the check of the claims */
    bool keeps_issuer;  /* the principal is (iss, user): of a listed issuer */
    struct scope_shape shape;
    enum scope_strings scope_strings;
    struct claim_list scopes; /* the first that is there counts, whatever it holds */
    struct claim_list user_id, session_id, tenant, roles; /* the same; usually one */
    struct claim_list dependencies, session_state;        /* each that is there */
};

/* A principal of kind PRINCIPAL_TOKEN; its texts are views of claims, all else is from the arena.
 */
void claims_read(const json_t *claims, const struct principal_rules *rules, arena *a,
                 struct principal *out);

#endif
