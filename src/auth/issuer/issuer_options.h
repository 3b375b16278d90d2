/* The options of one issuer: how its tokens are recognized and checked, and what they may confer.
 */
#ifndef AUTH_ISSUER_ISSUER_OPTIONS_H
#define AUTH_ISSUER_ISSUER_OPTIONS_H

#include "auth/scope/role.h"
#include "auth/token/claims.h"

/* What a claim must be: one of these texts. */
struct claim_demand {
    const char *claim; /* a name or a path */
    const char *const *values;
    size_t count;
};

/* One entry of `authorization.issuers`, or the plain `authorization:` block in the same terms.
 * Texts are borrowed for the call. Zero is the default of every member but leeway_s, and the strict
 * side of every bool. */
struct issuer_options {
    const char *name;   /* in sentences: "authorization.issuers[0]" */
    const char *preset; /* NULL: generic */
    bool is_plain;      /* the plain block: no demands, no ceiling, and the contract's texts */
    const char *issuer; /* compared byte for byte; NULL, in the plain block alone: not checked */
    const char *const *audiences;
    size_t audience_count;
    const char *audience_claim; /* NULL: the preset's, else aud */
    const char *const *algorithms;
    size_t algorithm_count;
    const char *const *types; /* accepted `typ` of the header; "-": absent is fine */
    size_t type_count;
    const char *const *required_claims;
    size_t required_claim_count;
    const struct claim_demand *equal_claims;
    size_t equal_claim_count;
    int64_t max_lifetime_s; /* 0: 24 h */
    int64_t max_stale_s;    /* 0: 24 h */
    int64_t leeway_s;       /* -1: 10 */

    const char *const *grants; /* a ceiling; has_grants false: none */
    size_t grant_count;
    bool has_grants;
    const struct named_scopes *roles;
    size_t role_count;
    const char *scope_prefix;

    struct claim_names scopes_claim, roles_claim;
    const char *user_id_claim, *session_id_claim; /* NULL: the preset's */
    const char *tenant_claim;                     /* NULL: none */
    const char *narrowing_claim;                  /* of presets alone */
    bool packs_permissions;                       /* of presets alone */
    enum scope_strings scope_strings;             /* 0: split; in the plain block by name */
    struct claim_names dependencies_claims, session_state_claims; /* of the plain block alone */
    bool unscoped; /* of the plain block alone: no scope is asked */

    /* One key source; none: the preset's, else discovery from the issuer. In the plain block any of
     * jwks_url, jwks and keys together, and nothing is discovered. */
    const char *jwks_url, *x509_url, *discovery_url;
    const char *jwks, *jwks_name; /* the text of jwks_file, and where it is from */
    const char *const *keys, *const *key_names;
    size_t key_count;
    bool allow_weak_keys;
};

/* How many of the key sources are named: jwks_url, x509_url, discovery_url, jwks, keys. */
static inline int issuer_source_count(const struct issuer_options *options)
{
    return (options->jwks_url != NULL) + (options->x509_url != NULL) +
           (options->discovery_url != NULL) + (options->jwks != NULL) + (options->key_count > 0);
}

#endif
