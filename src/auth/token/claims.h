/* Reads the verified claims of a token into a principal, by the claim names in the
 * configuration. */
#ifndef AUTH_TOKEN_CLAIMS_H
#define AUTH_TOKEN_CLAIMS_H

#include "auth/scope/principal.h"
#include "auth/token/scope_shape.h"
#include "jose/claim_path.h"

/* How to read a string in a claim that lists scopes. */
enum scope_strings {
    /* split at blanks in the claims `scope` and `scp` (RFC 8693, RFC 9068); one scope in other
     * claims */
    SCOPE_STRINGS_BY_NAME,
    SCOPE_STRINGS_SPLIT,
    SCOPE_STRINGS_SINGLE,
};

/* An option that names claims. A count of 0 selects the default. */
struct claim_names {
    const char *const *all;
    size_t count;
};

/* The claims that make up a principal. A zeroed list reads nothing. */
struct principal_rules {
    const char *admin_scope; /* never NULL or empty */
    bool unscoped;
    bool is_unverified; /* the signature was not checked (see principal.h) */
    int64_t leeway_s;   /* added to the expiry, as in the check of the claims */
    /* for a listed issuer, whose iss and user together are the identity */
    bool keeps_issuer;
    struct scope_shape shape;
    enum scope_strings scope_strings;
    /* the first claim that is present counts, even without a scope */
    struct claim_list scopes;
    /* the first claim that is present counts */
    struct claim_list user_id, session_id, tenant, roles;
    struct claim_list dependencies, session_state; /* every claim that is present is copied */
};

/* Fills in a principal of kind PRINCIPAL_TOKEN, which borrows the claims and allocates everything
 * else from the arena. The claims must have passed jwt_check. If they are NULL, because the token
 * could not be decoded, the principal has no user and no scopes. */
void claims_read(const json_t *claims, const struct principal_rules *rules, arena *a,
                 struct principal *out);

#endif
