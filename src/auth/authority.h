/* The compiled `authorization:` block, which turns a request into a principal. Immutable and shared
 * by all event loops. Authenticating a request does no I/O. */
#ifndef AUTH_AUTHORITY_H
#define AUTH_AUTHORITY_H

#include "auth/credential.h"
#include "auth/explain/explain.h"
#include "auth/scope/role.h"
#include "auth/token/claims.h"
#include "base/choice.h"

struct issuer_options; /* declared in issuer/issuer_options.h */
struct key_pool;       /* declared in keys/key_pool.h */
struct accounts;       /* declared in account/accounts.h */
struct missing_key;    /* declared in keys/remote_keys.h */

/* The options of authentication, mostly the `authorization:` block. The texts are borrowed until
 * authority_new returns. Zero is the default of every member. */
struct authority_options {
    bool authorization; /* whether scopes are enforced */

    /* ---- the keys ---- */

    /* PEM or shared secrets, tried in this order; at most STATIC_KEYS_MAX */
    const char *const *keys;
    /* the name of each key in messages, such as "authorization.verification_keys[0]" */
    const char *const *key_names;
    size_t key_count;
    /* the text of a JSON Web Key Set, and its name in messages; both may be NULL */
    const char *jwks, *jwks_name;
    const char *jwks_url;    /* the URL from which another key set is fetched, or NULL */
    const char *authorities; /* the certificates of ca_file for jwks_url; NULL for the system's */
    const char *algorithm;   /* NULL for RS256 */
    bool allow_weak_keys;

    /* ---- the checks ---- */
    const char *issuer; /* the only iss that is accepted; NULL if the iss is not checked */
    /* the accepted audiences, by default the OS id */
    const char *const *audiences;
    size_t audience_count;
    /* Called once for each key, or key set, that signs a token without an expiry, on the thread
     * that verifies the token. May be NULL. */
    void (*on_no_expiry)(const char *key_name);
    /* if unset, the audience is checked if `audiences` or `jwks_url` is set */
    enum choice verify_audience;
    const char *audience_claim; /* NULL for aud */
    const char *os_id;
    bool accept_unverified; /* the option `validate` is false */
    /* networks whose peers may send unverified tokens and X-Forwarded-For */
    const char *const *trusted_proxies;
    size_t trusted_proxy_count;

    /* ---- the place of the token in a request ---- */
    enum token_source token_source;
    const char *token_header, *cookie_name; /* NULL for Authorization and for access_token */
    bool refuse_bare_tokens;
    /* the origins of the same site whose pages may use a cookie for changes */
    const char *const *origins;
    size_t origin_count;
    bool same_origin_cookies_only; /* even for reading */

    /* ---- the meaning of the claims ---- */
    const char *admin_scope;                      /* NULL for agent_os:admin */
    struct claim_names scopes_claim;              /* the default is the claim `scopes` */
    const char *user_id_claim, *session_id_claim; /* NULL for sub and for session_id */
    const char *roles_claim;                      /* NULL if tokens name no roles */
    struct claim_names dependencies_claims, session_state_claims;
    enum scope_strings scope_strings;
    const struct named_scopes *roles;
    size_t role_count;

    bool user_isolation; /* each user reaches only their own data */

    /* ---- the listed issuers, each of which has keys and checks of its own ---- */
    const struct issuer_options *issuers;
    size_t issuer_count;
    /* the top-level options verify tokens of unlisted issuers */
    bool plain_fallback;
    /* The pool of the remote keys, borrowed for the authority's life. NULL to fetch no keys. */
    struct key_pool *key_pool;

    /* ---- other credentials ---- */

    /* borrowed for the authority's life; NULL without service accounts */
    struct accounts *accounts;
    const char *security_key;           /* used only if no tokens are accepted; may be NULL */
    const char *internal_service_token; /* may be NULL */
};

struct authority;

enum auth_mode { AUTH_NONE, AUTH_SECURITY_KEY, AUTH_JWT };

/* Compiles the options and stores the authority in *out, to be freed with authority_free. Without a
 * key, a listed issuer and unverified tokens, the mode is AUTH_SECURITY_KEY if there is a security
 * key, and otherwise AUTH_NONE, an open server. Returns INVALID, and leaves *out unchanged, for an
 * invalid option: authorization without a key, a key that does not fit its algorithm, a key set
 * without usable keys, or a claim name that is not a path. The message says what to do.
 * Thread-safe; does no I/O. */
MUST_USE agentos_status authority_new(const struct authority_options *options,
                                      struct authority **out, agentos_error *err);
/* Frees the authority, which no thread may still use. NULL is allowed. */
void authority_free(struct authority *authority);

enum auth_mode authority_mode(const struct authority *authority);
bool authority_isolates(const struct authority *authority); /* the option user_isolation */
const char *authority_admin_scope(const struct authority *authority);
/* Returns the names of the option session_state_claims: members of a session's state that belong to
 * tokens alone. They live as long as the authority. */
struct claim_names authority_state_claims(const struct authority *authority);
const char *auth_mode_name(enum auth_mode mode); /* returns "none", "security_key" or "jwt" */

/* Returns where this server looks for a credential. Lives as long as the authority. */
const struct credential_rules *authority_credentials(const struct authority *authority);

/* Returns the client's address as trusted_proxies report it in X-Forwarded-For, from the arena.
 * Returns NULL if the peer is no trusted proxy or reports no IP address. */
const char *authority_client(const struct authority *authority, const struct request *request,
                             arena *a);

struct token_cache; /* declared in token/token_cache.h */

/* One request to authenticate. All members are borrowed for the call. */
struct auth_request {
    struct token_cache *cache; /* the cache of the caller's event loop, or NULL */
    const struct request *request;
    int64_t now_s;           /* in seconds since 1970 */
    arena *arena;            /* the arena in which the principal is allocated */
    struct explanation *why; /* receives the steps of the decision; may be NULL */
    /* Zeroed by the caller. Set to the keys to wait for if the token is rejected and a fetch may
     * bring its key. NULL if the caller will not wait. */
    struct missing_key *missing_key;
};

/* Authenticates a request and stores the principal, which lives as long as the arena, in *out.
 * Returns UNAUTHENTICATED, with the text of the contract, if the credential is missing or invalid.
 * Returns INVALID if the header or the cookie for tokens is repeated, or if the query has an
 * access_token (RFC 6750 §5.3). Returns FORBIDDEN for a cookie in a cross-site request, and for a
 * listed issuer's token that names no user, unless it is an administrator's. Returns TOO_MANY if
 * the client has sent too many invalid service-account tokens. Thread-safe; does no I/O. */
MUST_USE agentos_status authenticate(const struct authority *authority,
                                     const struct auth_request *how, const struct principal **out,
                                     agentos_error *err);

#endif
