/* Identity providers, each with its own keys, checks and ceiling. The token's `iss` selects one
 * before any key is tried, and a failure there never falls through to another
 * (docs/design/security.md 2). */
#ifndef AUTH_ISSUER_ISSUER_H
#define AUTH_ISSUER_ISSUER_H

#include "auth/keys/key_pool.h"
#include "auth/scope/role.h"
#include "auth/token/verify.h"

/* What a claim must be: one of these texts. */
struct claim_demand {
    const char *claim; /* a name or a path */
    const char *const *values;
    size_t count;
};

/* One entry of `authorization.issuers`; strings are borrowed for the call. Zero is the default of
 * every member but leeway_s. */
struct issuer_options {
    const char *name;   /* in sentences: "authorization.issuers[0]" */
    const char *preset; /* NULL: generic */
    const char *issuer; /* compared byte for byte */
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
    const char *user_id_claim, *session_id_claim; /* NULL: sub; none */
    const char *tenant_claim;                     /* NULL: none */
    const char *narrowing_claim;                  /* of presets alone */
    bool packs_permissions;                       /* of presets alone */
    enum scope_strings scope_strings;             /* 0: split */

    /* one key source; none: the preset's, else discovery from the issuer */
    const char *jwks_url, *x509_url, *discovery_url;
    const char *jwks, *jwks_name; /* the text of jwks_file, and where it is from */
    const char *const *keys, *const *key_names;
    size_t key_count;
    bool allow_weak_keys;
};

struct issuers;

/* INVALID, with one sentence that names the option: an `iss` or a key that stands twice, no
 * audience, an algorithm that does not exist, a claim that users write, ... */
struct issuers_options {
    const struct issuer_options *all;
    size_t count;
    const char *admin_scope;
    struct key_pool *pool; /* where remote keys are shared; borrowed for the issuers' life */
};
MUST_USE agentos_status issuers_new(const struct issuers_options *options, struct issuers **out,
                                    agentos_error *err);
void issuers_free(struct issuers *issuers); /* NULL is fine */

/* The keys of all of them are also these plain ones? INVALID: "NAME: why" (docs/design/security.md
 * 2). */
MUST_USE agentos_status issuers_refuse_keys(const struct issuers *issuers,
                                            const struct keyring *plain, agentos_error *err);

/* Who is to check a token of this iss; NULL: not listed. */
const struct verifier *issuers_find(const struct issuers *issuers, str iss);

/* The `iss` of a token that nobody has checked, a view into its claims; empty: none, or no text.
 * UNAUTHENTICATED: it is no JWT. */
MUST_USE agentos_status token_issuer(const struct attempt *attempt, struct token *token, str *out,
                                     agentos_error *err);

/* A principal of one of them with what its roles grant; that too is under the issuer's ceiling, as
 * its own scopes are since they were verified. From the arena. */
const struct principal *issuers_apply(const struct issuers *issuers, const struct principal *who,
                                      arena *a, struct explanation *why);

#endif
