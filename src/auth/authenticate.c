/* Authenticates a request: finds its credential and turns it into a principal (the caller's
 * identity and scopes). token/verify.c checks a token's signature and claims, and scope/access.c
 * decides whether the principal may use a route. */
#include "auth/account/account_check.h"
#include "auth/authority_internal.h"
#include "auth/client_address.h"
#include "auth/cross_site.h"
#include "auth/explain/refusal_notes.h"
#include "auth/token/token_cache.h"
#include "base/ensure.h"
#include "base/mem.h"
#include "base/refusals.h"

static const struct principal open_principal = {
    .kind = PRINCIPAL_OPEN,
    .issuer = "",
    .unscoped = true,
};

static const struct principal key_principal = {
    .kind = PRINCIPAL_KEY,
    .issuer = "",
    .unscoped = true,
};

/* One call of authenticate(). */
struct auth_state {
    const struct authority *authority;
    struct token_cache *cache; /* NULL: nothing is remembered */
    const struct request *request;
    struct verify_call call;
};

/* ---- tokens ---- */

/* The step "issuer": which iss the token has, and which are listed. */
static void explain_issuer(const struct auth_state *self, str iss, bool is_listed)
{
    const struct authority *authority = self->authority;
    struct explanation *why = self->call.why;

    if (why == NULL)
        return;
    if (is_listed)
        explain(why, "issuer", true, QUOTED " is listed", QUOTE(iss));
    else if (iss.len > 0)
        explain(why, "issuer", authority->plain_fallback, "iss is " QUOTED "; listed: %s%s",
                QUOTE(iss), issuers_text(authority->issuers, iss, why->arena),
                authority->plain_fallback ? "; the plain keys decide" : "");
    else
        explain(why, "issuer", authority->plain_fallback, "the token has no iss; listed: %s%s",
                issuers_text(authority->issuers, iss, why->arena),
                authority->plain_fallback ? "; the plain keys decide" : "");
}

/* Chooses the issuer by the token's iss before any key is tried; without listed issuers, or for one
 * that is not listed where that is allowed, the plain block decides (docs/design/security.md 2). */
static agentos_status choose_verifier(const struct auth_state *self, struct token *token,
                                      const struct verifier **out, agentos_error *err)
{
    const struct authority *authority = self->authority;
    str iss;

    *out = &authority->plain.verifier;
    if (authority->issuers == NULL)
        return AGENTOS_OK;
    TRY(token_issuer(&self->call, token, &iss, err));
    const struct verifier *issuer = issuers_find(authority->issuers, iss);
    explain_issuer(self, iss, issuer != NULL);
    if (issuer != NULL)
        *out = issuer;
    else if (!authority->plain_fallback)
        return refuse(err, iss.len > 0 ? REFUSAL_ISSUER_NOT_LISTED : REFUSAL_ISSUER_NOT_NAMED);
    return AGENTOS_OK;
}

/* Looks the token up in the cache, or verifies and remembers it; *out, NULL before, is the caller's
 * reference. */
static agentos_status find_verified(const struct auth_state *self, str text, struct verified **out,
                                    agentos_error *err)
{
    const struct authority *authority = self->authority;
    const struct verifier *verifier;

    ensure(*out == NULL);
    if (self->cache != NULL)
        *out = token_cache_find(self->cache, authority->generation, text, self->call.now_s);
    if (*out != NULL)
        return AGENTOS_OK;

    AUTO_TOKEN token = token_of(text, self->call.arena);
    TRY(choose_verifier(self, &token, &verifier, err));
    TRY(verify_token(verifier, &self->call, &token, out, err));
    ensure(*out != NULL);
    if (self->cache != NULL)
        token_cache_put(self->cache, text, *out);
    return AGENTOS_OK;
}

static agentos_status read_from_proxy(const struct auth_state *self, str text,
                                      struct verified **out, agentos_error *err)
{
    AUTO_TOKEN token = token_of(text, self->call.arena);

    return read_unverified_token(&self->authority->plain.verifier, &self->call, &token, out, err);
}

/* Only a trusted proxy may pass on tokens that are not verified here. They are never remembered,
 * since the next connection may come from elsewhere. */
static bool may_go_unverified(const struct auth_state *self)
{
    const struct authority *authority = self->authority;

    return authority->accepts_unverified &&
           network_has(authority->proxies, authority->proxy_count, self->request->peer);
}

/* Adds what the token's roles grant, anew for each request: only the token is remembered. Of an
 * issuer's token, its ceiling is applied too, and it must name a user or be an admin's. */
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

static agentos_status accept_jwt(const struct auth_state *self, str token,
                                 const struct principal **out, agentos_error *err)
{
    struct verified *verified = NULL;

    if (may_go_unverified(self))
        TRY(read_from_proxy(self, token, &verified, err));
    else
        TRY(find_verified(self, token, &verified, err));
    ensure(verified != NULL);
    arena_defer(self->call.arena, verified_release, verified);
    return apply_roles(self, verified_principal(verified), out, err);
}

/* ---- other credentials ---- */

static agentos_status accept_security_key(const struct auth_state *self, str text,
                                          const struct principal **out, agentos_error *err)
{
    ensure(self->authority->security_key.is_set);
    bool is_right = shared_secret_equals(&self->authority->security_key, text);

    explain(self->call.why, "security key", is_right, is_right ? "it is" : "it is not");
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

/* A credential without the prefix of service accounts: the internal token, the security key, or
 * else a JWT. */
static agentos_status accept_unprefixed(const struct auth_state *self, str text,
                                        const struct principal **out, agentos_error *err)
{
    if (is_internal_token(self, text)) {
        explain(self->call.why, "internal token", true, "the server's own scheduler");
        *out = &self->authority->internal;
        return AGENTOS_OK;
    }
    return self->authority->mode == AUTH_SECURITY_KEY ? accept_security_key(self, text, out, err)
                                                      : accept_jwt(self, text, out, err);
}

/* What the check of a service account needs to know of this request. */
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

/* Without authentication no caller needs a credential; a service account that shows its token acts
 * as itself, with its own scopes (docs/design/contract.md §6). */
static const struct principal *accept_open(const struct auth_state *self)
{
    const struct account_check check = account_check_of(self);
    const struct principal *who = NULL;
    struct credential credential;

    if (credential_find(self->request, &self->authority->credentials, &credential, NULL) ==
            AGENTOS_OK &&
        credential.kind == CREDENTIAL_SERVICE_ACCOUNT)
        who = account_check_open(&check, credential.text);
    if (who != NULL)
        explain(self->call.why, "service account", true, "it keeps to its scopes all the same");
    return who != NULL ? who : &open_principal;
}

typedef agentos_status acceptor(const struct auth_state *self, str text,
                                const struct principal **out, agentos_error *err);

static acceptor *const acceptors[] = {
    [CREDENTIAL_JWT] = accept_unprefixed,
    [CREDENTIAL_SERVICE_ACCOUNT] = accept_service_account,
};

/* ---- from the request to its credential ---- */

static void explain_place(const struct auth_state *self, const struct credential *credential)
{
    const struct credential_rules *rules = &self->authority->credentials;

    explain(self->call.why, "token", true, "found in the %s %s",
            credential->from_cookie ? rules->cookie : rules->header,
            credential->from_cookie ? "cookie" : "header");
}

/* A browser sends a cookie whoever asks for it, so the request must come from the same site. */
static agentos_status check_site(const struct auth_state *self, const struct credential *credential,
                                 agentos_error *err)
{
    if (!credential->from_cookie)
        return AGENTOS_OK;
    agentos_status status = cross_site_check(self->request, &self->authority->origins, err);
    explain(self->call.why, "site", status == AGENTOS_OK, "%s",
            status == AGENTOS_OK ? "nothing says that another site sends the cookie"
                                 : err->message);
    return status;
}

/* Finds the credential in the request, and hands it to the acceptor of its kind. */
static agentos_status accept_credential(const struct auth_state *self, const struct principal **out,
                                        agentos_error *err)
{
    struct credential credential;

    agentos_status status =
        credential_find(self->request, &self->authority->credentials, &credential, err);
    if (status != AGENTOS_OK) {
        explain(self->call.why, "token", false, "%s", err->message);
        return status;
    }
    explain_place(self, &credential);
    TRY(check_site(self, &credential, err));
    ensure((size_t)credential.kind < COUNT(acceptors) && acceptors[credential.kind] != NULL);
    return acceptors[credential.kind](self, credential.text, out, err);
}

agentos_status authenticate(const struct authority *authority, const struct auth_request *how,
                            const struct principal **out, agentos_error *err)
{
    struct explanation *why = how->why;
    const struct auth_state self = {
        .authority = authority,
        .cache = why == NULL ? how->cache : NULL, /* an explanation wants every step taken */
        .request = how->request,
        .call = { how->now_s, how->arena, why, how->wanted },
    };
    agentos_error refusal;

    ensure(how->request != NULL && how->arena != NULL && how->now_s > 0);
    explain(why, "mode", true, "%s%s", auth_mode_name(authority->mode),
            authority->mode == AUTH_NONE ? ": everybody may do everything" : "");
    if (authority->mode == AUTH_NONE) {
        *out = accept_open(&self);
        return AGENTOS_OK;
    }
    if (accept_credential(&self, out, &refusal) == AGENTOS_OK)
        return AGENTOS_OK;
    advise(why, NULL, (enum refusal_code)refusal.code);
    return fail_again(err, &refusal);
}
