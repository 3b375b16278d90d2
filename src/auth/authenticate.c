/* Authenticates requests: finds the credential and turns it into a principal. */
#include "auth/account/account_check.h"
#include "auth/authority_internal.h"
#include "auth/client_address.h"
#include "auth/cross_site.h"
#include "auth/explain/refusal_notes.h"
#include "auth/token/token_cache.h"
#include "base/ensure.h"
#include "base/mem.h"
#include "base/refusals.h"

/* The caller of a server without authentication. */
static const struct principal open_principal = {
    .kind = PRINCIPAL_OPEN,
    .issuer = "",
    .unscoped = true,
};

/* A caller with the security key. */
static const struct principal key_principal = {
    .kind = PRINCIPAL_KEY,
    .issuer = "",
    .unscoped = true,
};

/* The state of one authentication. */
struct auth_state {
    const struct authority *authority;
    struct token_cache *cache; /* NULL for no cache */
    const struct request *request;
    struct verify_call call;
};

/* ---- tokens ---- */

/* Explains that the issuer of a token is absent or not listed. */
static void explain_unlisted(const struct auth_state *self, str iss)
{
    ensure(self->authority->issuers != NULL);
    const struct authority *authority = self->authority;
    struct explanation *why = self->call.why;

    if (why == NULL)
        return;
    bool may_pass = authority->plain_fallback;
    const char *outcome = may_pass ? "; the plain keys decide" : "";
    const char *listed = issuers_text(authority->issuers, iss, why->arena);
    if (iss.len > 0)
        explain(why, "issuer", may_pass, "iss is " QUOTED "; listed: %s%s", QUOTE(iss), listed,
                outcome);
    else
        explain(why, "issuer", may_pass, "the token has no iss; listed: %s%s", listed, outcome);
}

/* Selects the verifier by the token's iss, before any key is tried (docs/design/security.md 2). */
static agentos_status choose_verifier(const struct auth_state *self, struct token *token,
                                      const struct verifier **out, agentos_error *err)
{
    const struct authority *authority = self->authority;
    str iss;

    if (authority->issuers == NULL) {
        *out = &authority->plain.verifier;
        return AGENTOS_OK;
    }
    TRY(token_issuer(&self->call, token, &iss, err));
    const struct verifier *issuer = issuers_find(authority->issuers, iss);
    if (issuer != NULL) {
        explain(self->call.why, "issuer", true, QUOTED " is listed", QUOTE(iss));
        *out = issuer;
        return AGENTOS_OK;
    }
    explain_unlisted(self, iss);
    if (!authority->plain_fallback)
        return refuse(err, iss.len > 0 ? REFUSAL_ISSUER_NOT_LISTED : REFUSAL_ISSUER_NOT_NAMED);
    *out = &authority->plain.verifier;
    return AGENTOS_OK;
}

/* Finds the token in the cache, or verifies and caches it. The caller must release *out. */
static agentos_status find_verified(const struct auth_state *self, str text, struct verified **out,
                                    agentos_error *err)
{
    ensure(*out == NULL);
    const struct authority *authority = self->authority;
    const struct verifier *verifier = NULL;

    if (self->cache != NULL)
        *out = token_cache_find(self->cache, authority->generation, text, self->call.now_s);
    if (*out != NULL)
        return AGENTOS_OK;

    AUTO_TOKEN token = token_of(text, self->call.arena);
    TRY(choose_verifier(self, &token, &verifier, err));
    ensure(verifier != NULL);
    TRY(verify_token(verifier, &self->call, &token, out, err));
    ensure(*out != NULL);
    if (self->cache != NULL)
        token_cache_put(self->cache, text, *out);
    return AGENTOS_OK;
}

/* Reads a token that a trusted proxy has verified. The caller must release *out. */
static agentos_status read_from_proxy(const struct auth_state *self, str text,
                                      struct verified **out, agentos_error *err)
{
    ensure(self->authority->issuers == NULL); /* tokens of listed issuers are always verified */
    AUTO_TOKEN token = token_of(text, self->call.arena);

    return read_unverified_token(&self->authority->plain.verifier, &self->call, &token, out, err);
}

/* Returns whether a proxy vouches for the token. Such a token must not be cached. */
static bool is_from_trusted_proxy(const struct auth_state *self)
{
    const struct authority *authority = self->authority;

    return authority->accepts_unverified &&
           network_has(authority->proxies, authority->proxy_count, self->request->peer);
}

/* Adds the scopes of the token's roles. A listed issuer's token needs a user or the admin scope. */
static agentos_status apply_roles(const struct auth_state *self, const struct principal *who,
                                  const struct principal **out, agentos_error *err)
{
    const struct authority *authority = self->authority;
    const struct verify_call *call = &self->call;

    ensure(who->kind == PRINCIPAL_TOKEN);
    ensure(who->issuer[0] == '\0' || authority->issuers != NULL);
    if (who->issuer[0] == '\0') {
        *out = role_table_apply(&authority->plain.verifier.roles, who, call->arena, call->why);
        return AGENTOS_OK;
    }
    who = issuers_apply(authority->issuers, who, call->arena, call->why);
    if (who->user_id == NULL && !who->is_admin)
        return refuse(err, REFUSAL_USER_MISSING);
    *out = who;
    return AGENTOS_OK;
}

/* Accepts a JWT. The request's arena releases its principal. */
static agentos_status accept_jwt(const struct auth_state *self, str token,
                                 const struct principal **out, agentos_error *err)
{
    struct verified *verified = NULL;

    if (is_from_trusted_proxy(self))
        TRY(read_from_proxy(self, token, &verified, err));
    else
        TRY(find_verified(self, token, &verified, err));
    ensure(verified != NULL);
    arena_defer(self->call.arena, verified_release, verified);
    return apply_roles(self, verified_principal(verified), out, err);
}

/* ---- other credentials ---- */

/* Accepts the server's security key. */
static agentos_status accept_security_key(const struct auth_state *self, str text,
                                          const struct principal **out, agentos_error *err)
{
    ensure(self->authority->security_key.is_set);
    bool is_right = shared_secret_equals(&self->authority->security_key, text);

    explain(self->call.why, "security key", is_right, is_right ? "matches" : "does not match");
    if (!is_right)
        return refuse(err, REFUSAL_SECURITY_KEY_WRONG);
    *out = &key_principal;
    return AGENTOS_OK;
}

static bool is_internal_token(const struct auth_state *self, str text)
{
    const struct shared_secret *secret = &self->authority->internal_token;

    return secret->is_set && shared_secret_equals(secret, text);
}

/* Accepts the internal token, the security key, or a JWT. */
static agentos_status accept_unprefixed(const struct auth_state *self, str text,
                                        const struct principal **out, agentos_error *err)
{
    ensure(self->authority->mode != AUTH_NONE); /* see accept_open */
    if (is_internal_token(self, text)) {
        explain(self->call.why, "internal token", true, "the server's own scheduler");
        *out = &self->authority->internal;
        return AGENTOS_OK;
    }
    if (self->authority->mode == AUTH_SECURITY_KEY)
        return accept_security_key(self, text, out, err);
    return accept_jwt(self, text, out, err);
}

/* Returns the parameters for checking a service account's token. */
static struct account_check account_check_of(const struct auth_state *self)
{
    const struct authority *authority = self->authority;

    return (struct account_check){
        .accounts = authority->accounts,
        .admin_scope = authority->plain.verifier.rules.admin_scope,
        .client = client_address(self->request, authority->proxies, authority->proxy_count,
                                 self->call.arena),
        .now_s = self->call.now_s,
        .arena = self->call.arena,
        .why = self->call.why,
    };
}

static agentos_status accept_service_account(const struct auth_state *self, str token,
                                             const struct principal **out, agentos_error *err)
{
    const struct account_check check = account_check_of(self);

    return account_check(&check, token, out, err);
}

/* Returns the caller of an open server. A service account still has only its own scopes. */
static const struct principal *accept_open(const struct auth_state *self)
{
    ensure(self->authority->mode == AUTH_NONE);
    const struct credential_rules *rules = &self->authority->credentials;
    struct credential credential;

    if (credential_find(self->request, rules, &credential, NULL) != AGENTOS_OK)
        return &open_principal;
    if (credential.kind != CREDENTIAL_SERVICE_ACCOUNT)
        return &open_principal;

    const struct account_check check = account_check_of(self);
    const struct principal *who = account_check_open(&check, credential.text);
    if (who == NULL)
        return &open_principal;
    explain(self->call.why, "service account", true,
            "limited to its scopes, although every other caller may do everything");
    return who;
}

/* Accepts or rejects a credential. On success *out lives as long as the arena. */
typedef agentos_status acceptor(const struct auth_state *self, str text,
                                const struct principal **out, agentos_error *err);

static acceptor *const acceptors[] = {
    [CREDENTIAL_JWT] = accept_unprefixed,
    [CREDENTIAL_SERVICE_ACCOUNT] = accept_service_account,
};

/* ---- from the request to its credential ---- */

/* Explains where the credential was found. */
static void explain_place(const struct auth_state *self, const struct credential *credential)
{
    const struct credential_rules *rules = &self->authority->credentials;

    explain(self->call.why, "token", true, "found in the %s %s",
            credential->from_cookie ? rules->cookie : rules->header,
            credential->from_cookie ? "cookie" : "header");
}

/* Rejects a cookie in a cross-site request. Tokens in headers need no check. */
static agentos_status check_site(const struct auth_state *self, const struct credential *credential,
                                 agentos_error *err)
{
    ensure(err != NULL);
    if (!credential->from_cookie)
        return AGENTOS_OK;
    const struct cross_site_rules rules = {
        .origins = &self->authority->origins,
        .guards_reads = self->authority->same_origin_cookies_only,
    };
    if (cross_site_check(self->request, &rules, err) != AGENTOS_OK) {
        explain(self->call.why, "site", false, "%s", err->message);
        return err->status;
    }
    explain(self->call.why, "site", true, "no header shows a cross-site request");
    return AGENTOS_OK;
}

/* Finds the credential and authenticates it by its kind. err must not be NULL. */
static agentos_status accept_credential(const struct auth_state *self, const struct principal **out,
                                        agentos_error *err)
{
    ensure(err != NULL);
    const struct credential_rules *rules = &self->authority->credentials;
    struct credential credential;

    if (credential_find(self->request, rules, &credential, err) != AGENTOS_OK) {
        explain(self->call.why, "token", false, "%s", err->message);
        return err->status;
    }
    explain_place(self, &credential);
    TRY(check_site(self, &credential, err));
    ensure((size_t)credential.kind < COUNT(acceptors) && acceptors[credential.kind] != NULL);
    return acceptors[credential.kind](self, credential.text, out, err);
}

/* Returns the state for one request. Explanations bypass the cache, so that every step is taken. */
static struct auth_state state_of(const struct authority *authority, const struct auth_request *how)
{
    ensure(how->request != NULL && how->arena != NULL && how->now_s > 0);
    struct auth_state self = {
        .authority = authority,
        .request = how->request,
        .call = {
            .now_s = how->now_s,
            .arena = how->arena,
            .why = how->why,
            .missing_key = how->missing_key,
        },
    };

    if (how->why == NULL)
        self.cache = how->cache;
    return self;
}

/* Authenticates a request. *out lives as long as the arena. Explains a refusal with advice. */
agentos_status authenticate(const struct authority *authority, const struct auth_request *how,
                            const struct principal **out, agentos_error *err)
{
    const struct auth_state self = state_of(authority, how);
    agentos_error refusal;

    if (authority->mode == AUTH_NONE) {
        explain(how->why, "mode", true, "none: everybody may do everything");
        *out = accept_open(&self);
        return AGENTOS_OK;
    }
    explain(how->why, "mode", true, "%s", auth_mode_name(authority->mode));
    if (accept_credential(&self, out, &refusal) == AGENTOS_OK)
        return AGENTOS_OK;
    advise(how->why, NULL, refusal_of(&refusal));
    return fail_again(err, &refusal);
}
