/* The options of one issuer. */
#ifndef AUTH_ISSUER_ISSUER_OPTIONS_H
#define AUTH_ISSUER_ISSUER_OPTIONS_H

#include "auth/scope/role.h"
#include "auth/token/claims.h"

/* A claim and its accepted values. */
struct claim_demand {
    const char *claim; /* a name or a path (jose/claim_path.h) */
    const char *const *values;
    size_t count;
};

/* One entry of `authorization.issuers`, or the top-level options of `authorization:`. Texts are
 * borrowed for the call. Zero is the default of every member except leeway_s, and the strict choice
 * of every bool except has_grants. */
struct issuer_options {
    const char *name;   /* the name in messages, such as "authorization.issuers[0]" */
    const char *preset; /* NULL for "generic" */
    /* the top-level options, which have no demands and no ceiling */
    bool is_plain;
    /* compared byte for byte; NULL disables the check, only at top level */
    const char *issuer;
    const char *const *audiences;
    size_t audience_count;
    const char *audience_claim; /* NULL for that of the preset, or aud */
    const char *const *algorithms;
    size_t algorithm_count;
    /* the accepted values of the header's `typ`; "-" allows it to be absent */
    const char *const *types;
    size_t type_count;
    const char *const *required_claims;
    size_t required_claim_count;
    const struct claim_demand *equal_claims;
    size_t equal_claim_count;
    int64_t max_lifetime_s; /* 0 for 24 hours */
    int64_t max_stale_s;    /* 0 for 24 hours */
    int64_t leeway_s;       /* -1 for 10 seconds */

    /* the scopes that its tokens may confer; used only if has_grants is true */
    const char *const *grants;
    size_t grant_count;
    bool has_grants;
    const struct named_scopes *roles;
    size_t role_count;
    const char *scope_prefix;

    struct claim_names scopes_claim, roles_claim;
    /* NULL for sub, and for the preset's session claim */
    const char *user_id_claim, *session_id_claim;
    const char *tenant_claim;    /* NULL if tokens name no tenant */
    const char *narrowing_claim; /* set only by presets */
    bool packs_permissions;      /* set only by presets */
    /* 0 means by name at top level, and split in listed issuers */
    enum scope_strings scope_strings;
    struct claim_names dependencies_claims, session_state_claims; /* only at top level */
    bool unscoped; /* only at top level: no scopes are required */

    /* A listed issuer has at most one source of keys. The default is the preset's source, or
     * discovery. At top level, jwks_url, jwks and keys may be combined, and discovery is not
     * used. */
    const char *jwks_url, *x509_url, *discovery_url;
    /* the certificates of ca_file for the servers of the URLs; NULL for the system's */
    const char *authorities;
    bool allow_http;              /* the URLs may be plain http to another machine */
    const char *jwks, *jwks_name; /* the text of jwks_file, and its name in messages */
    const char *const *keys, *const *key_names;
    size_t key_count;
    bool allow_weak_keys;
};

/* Returns how many of jwks_url, x509_url, discovery_url, jwks and keys are set. */
static inline int issuer_source_count(const struct issuer_options *options)
{
    return (options->jwks_url != NULL) + (options->x509_url != NULL) +
           (options->discovery_url != NULL) + (options->jwks != NULL) + (options->key_count > 0);
}

#endif
