/* The reading of a token's claims: which claim means what, and how it is read. The claims are taken
 * as true, since verify.c has checked them. */
#ifndef AUTH_TOKEN_CLAIMS_H
#define AUTH_TOKEN_CLAIMS_H

#include "auth/scope/principal.h"
#include "auth/token/scope_shape.h"
#include "jose/claim_path.h"

/* How a text is read where a list of scopes is expected. */
enum scope_strings {
    SCOPE_STRINGS_BY_NAME, /* split at blanks in `scope` and `scp` (RFC 8693, RFC 9068); one scope
                              in any other claim */
    SCOPE_STRINGS_SPLIT,
    SCOPE_STRINGS_SINGLE,
};

/* An option that names claims, of which the first that is present counts. count 0: the default. */
struct claim_names {
    const char *const *all;
    size_t count;
};

/* Which claims a principal is read from. Zeroed lists read nothing. */
struct principal_rules {
    const char *admin_scope; /* never NULL or empty */
    bool unscoped;
    bool is_unverified; /* the signature was not checked: see principal.h */
    int64_t leeway_s;   /* on the expiry, as in the check of the claims */
    bool keeps_issuer;  /* of a listed issuer, where iss and user together are the identity */
    struct scope_shape shape;
    enum scope_strings scope_strings;
    struct claim_list scopes; /* the first that is present counts, whatever it holds */
    struct claim_list user_id, session_id, tenant, roles; /* the same; usually one */
    struct claim_list dependencies, session_state;        /* each that is present */
};

/* Fills in a principal of kind PRINCIPAL_TOKEN, whose texts are views of claims; all else is from
 * the arena. claims have passed jwt_check; NULL, for a token that could not be decoded: a principal
 * without user and scopes. */
void claims_read(const json_t *claims, const struct principal_rules *rules, arena *a,
                 struct principal *out);

#endif
