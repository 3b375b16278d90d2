/* Authentication: the `authorization:` block compiled (keys, checks, claim names), and the way from
 * a request to a principal. Immutable, shared by all loops; never blocks. */
#ifndef AUTH_AUTHORITY_H
#define AUTH_AUTHORITY_H

#include "auth/credential.h"
#include "auth/explain/explain.h"
#include "auth/scope/role.h"
#include "auth/token/claims.h"
#include "base/choice.h"

struct issuer_options; /* issuer.h */
struct key_pool;       /* key_pool.h */
struct accounts;       /* accounts.h */
struct keys_wanted;    /* remote_keys.h */

/* The `authorization:` block and what else decides who calls. Texts are borrowed for the call of
 * authority_new. Zero is the default of every member. */
struct authority_options {
    bool authorization; /* scopes are enforced */

    /* keys */
    const char *const *keys; /* PEM or secret text, tried in order; at most STATIC_KEYS_MAX */
    const char *const
        *key_names; /* how to name each in a sentence ("authorization.verification_keys[0]") */
    size_t key_count;
    const char *jwks, *jwks_name; /* a JSON Web Key Set and where it is from; NULL: none */
    const char *jwks_url;         /* where another one is fetched; NULL: none */
    const char *algorithm;        /* NULL: RS256 */
    bool allow_weak_keys;

    /* checks */
    const char *issuer;           /* NULL: not checked */
    const char *const *audiences; /* expected; 0: the OS id */
    size_t audience_count;
    void (*on_no_expiry)(const char *key_name); /* once a key whose token has no expiry; any
                                                       thread; NULL: not told */
    enum choice verify_audience; /* unset: yes when `audiences` or `jwks_url` is set */
    const char *audience_claim;  /* NULL: aud */
    const char *os_id;
    bool accept_unverified;             /* validate: false */
    const char *const *trusted_proxies; /* networks whose peers that holds for */
    size_t trusted_proxy_count;

    /* where the token is */
    enum token_source token_source;
    const char *token_header, *cookie_name; /* NULL: Authorization, access_token */
    bool refuse_bare_tokens;
    const char *const *origins; /* from which a cookie may change something */
    size_t origin_count;

    /* what claims mean */
    const char *admin_scope;                      /* NULL: agent_os:admin */
    struct claim_names scopes_claim;              /* default: scopes */
    const char *user_id_claim, *session_id_claim; /* NULL: sub, session_id */
    const char *roles_claim;                      /* NULL: none */
    struct claim_names dependencies_claims, session_state_claims;
    enum scope_strings scope_strings;
    const struct named_scopes *roles;
    size_t role_count;

    bool user_isolation; /* each user reaches only what is theirs */

    /* issuers, each with keys and checks of its own */
    const struct issuer_options *issuers;
    size_t issuer_count;
    bool plain_fallback;       /* tokens of no listed issuer are checked by all the above */
    struct key_pool *key_pool; /* where fetched keys are; borrowed for the authority's life. NULL:
                                * none is ever fetched */

    /* other ways in */
    struct accounts *accounts;          /* borrowed for the authority's life; NULL: none */
    const char *security_key;           /* NULL: none; counts only where there is no key above */
    const char *internal_service_token; /* NULL: none */
};

struct authority;

enum auth_mode { AUTH_NONE, AUTH_SECURITY_KEY, AUTH_JWT };

/* No key at all and no authorization: an open server (AUTH_NONE), or with a security key
 * AUTH_SECURITY_KEY. INVALID, with one sentence that says what to do: authorization without a key,
 * a key that does not fit its algorithm, a set without a usable key, a claim that is no path ... */
MUST_USE agentos_status authority_new(const struct authority_options *options,
                                      struct authority **out, agentos_error *err);
void authority_free(struct authority *authority); /* NULL is fine */

enum auth_mode authority_mode(const struct authority *authority);
bool authority_isolates(const struct authority *authority); /* user_isolation */
const char *authority_admin_scope(const struct authority *authority);
const char *auth_mode_name(enum auth_mode mode); /* "none", "security_key", "jwt" */

/* Where this server looks for a credential. */
const struct credential_rules *authority_credentials(const struct authority *authority);

struct token_cache; /* token_cache.h */

/* One request that asks to be let in. All borrowed for the call. */
struct auth_request {
    struct token_cache *cache; /* of the caller's loop; NULL: nothing is remembered */
    const struct request *request;
    int64_t now_s;              /* since 1970 */
    arena *arena;               /* what the principal lives in */
    struct explanation *why;    /* NULL: nobody asks for the steps */
    struct keys_wanted *wanted; /* zeroed before: told what a refused token might wait for; NULL:
                                 * nobody waits */
};

/* The credential of this request. On success *out lives as long as the arena. UNAUTHENTICATED with
 * the contract's text; INVALID for two Authorization headers or an access_token in the query;
 * FORBIDDEN for a cookie that another site makes a browser send, or an issuer's token without a
 * user; TOO_MANY after many wrong service-account tokens of one client. */
MUST_USE agentos_status authenticate(const struct authority *authority,
                                     const struct auth_request *how, const struct principal **out,
                                     agentos_error *err);

#endif
