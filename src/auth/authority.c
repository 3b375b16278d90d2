/* The way from a request to a principal. How the options became an authority is authority_make.c's,
 * what a token must satisfy verify.c's, what a route demands access.c's. */
#include <stdatomic.h>

#include "auth/account/account_check.h"
#include "auth/authority_internal.h"
#include "auth/client_address.h"
#include "auth/cross_site.h"
#include "auth/explain/refusal_notes.h"
#include "auth/token/token_cache.h"
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

/* The contract's fixed scopes; they count with authorization off too. */
static const str internal_scopes[] = {
    STR_INIT("agents:read"),    STR_INIT("agents:run"),     STR_INIT("teams:read"),
    STR_INIT("teams:run"),      STR_INIT("workflows:read"), STR_INIT("workflows:run"),
    STR_INIT("schedules:read"),
};

agentos_status authority_new(const struct authority_options *options, struct authority **out,
                             agentos_error *err)
{
    static atomic_uint_fast64_t generations;
    struct authority *self = mem_zeroed(sizeof(*self));
    self->arena = arena_new();
    self->generation = atomic_fetch_add(&generations, 1) + 1;
    self->internal = (struct principal){
        .kind = PRINCIPAL_INTERNAL,
        .issuer = "",
        .user_id = "__scheduler__",
    };
    principal_give(&self->internal, self->arena, internal_scopes, COUNT(internal_scopes));

    agentos_status status = authority_compile(self, options, err);
    if (status == AGENTOS_OK)
        *out = self;
    else
        authority_free(self);
    return status;
}

void authority_free(struct authority *authority)
{
    if (authority == NULL)
        return;
    issuer_clear(&authority->plain);
    issuers_free(authority->issuers);
    key_pool_free(authority->own_pool);
    arena_free(authority->arena);
    free(authority);
}

enum auth_mode authority_mode(const struct authority *authority)
{
    return authority->mode;
}

bool authority_isolates(const struct authority *authority)
{
    return authority->isolates;
}

const char *authority_admin_scope(const struct authority *authority)
{
    return authority->plain.verifier.rules.admin_scope;
}

const char *auth_mode_name(enum auth_mode mode)
{
    static const char *const names[] = {
        [AUTH_NONE] = "none",
        [AUTH_SECURITY_KEY] = "security_key",
        [AUTH_JWT] = "jwt",
    };

    return names[mode];
}

const struct credential_rules *authority_credentials(const struct authority *authority)
{
    return &authority->credentials;
}

/* What authenticate() was given. */
struct authentication {
    const struct authority *authority;
    struct token_cache *cache; /* NULL: nothing is remembered */
    const struct request *request;
    struct attempt attempt;
};

/* ---- tokens ---- */

static void explain_issuer(const struct authentication *self, str iss, bool is_listed)
{
    const struct authority *authority = self->authority;
    struct explanation *why = self->attempt.why;

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

/* The issuer is chosen before any key is tried, and what is not listed is nobody
 * (docs/design/security.md 2). */
static agentos_status choose_verifier(const struct authentication *self, struct token *token,
                                      const struct verifier **out, agentos_error *err)
{
    const struct authority *authority = self->authority;
    str iss;

    *out = &authority->plain.verifier;
    if (authority->issuers == NULL)
        return AGENTOS_OK;
    TRY(token_issuer(&self->attempt, token, &iss, err));
    const struct verifier *issuer = issuers_find(authority->issuers, iss);
    explain_issuer(self, iss, issuer != NULL);
    if (issuer != NULL)
        *out = issuer;
    else if (!authority->plain_fallback)
        return refuse(err, iss.len > 0 ? REFUSAL_ISSUER_NOT_LISTED : REFUSAL_ISSUER_NOT_NAMED);
    return AGENTOS_OK;
}

/* Remembered or verified; *out is the caller's reference. */
static agentos_status find_verified(const struct authentication *self, str text,
                                    struct verified **out, agentos_error *err)
{
    const struct authority *authority = self->authority;
    const struct verifier *verifier;

    if (self->cache != NULL)
        *out = token_cache_find(self->cache, authority->generation, text, self->attempt.now_s);
    if (*out != NULL)
        return AGENTOS_OK;

    AUTO_TOKEN token = token_of(text, self->attempt.arena);
    TRY(choose_verifier(self, &token, &verifier, err));
    TRY(verify_token(verifier, &self->attempt, &token, out, err));
    if (self->cache != NULL)
        token_cache_put(self->cache, text, *out);
    return AGENTOS_OK;
}

static agentos_status read_from_proxy(const struct authentication *self, str text,
                                      struct verified **out, agentos_error *err)
{
    AUTO_TOKEN token = token_of(text, self->attempt.arena);

    return read_unverified(&self->authority->plain.verifier, &self->attempt, &token, out, err);
}

/* Only what a trusted proxy hands on may go unverified; it is never remembered, since the next
 * connection may be another's. */
static bool may_go_unverified(const struct authentication *self)
{
    const struct authority *authority = self->authority;

    return authority->accepts_unverified &&
           network_has(authority->proxies, authority->proxy_count, self->request->peer);
}

/* Roles are looked up at each hit, and never remembered with a token. */
static agentos_status conclude(const struct authentication *self, const struct principal *who,
                               const struct principal **out, agentos_error *err)
{
    const struct authority *authority = self->authority;
    const struct attempt *attempt = &self->attempt;

    if (who->issuer[0] == '\0') {
        *out =
            role_table_apply(&authority->plain.verifier.roles, who, attempt->arena, attempt->why);
        return AGENTOS_OK;
    }
    who = issuers_apply(authority->issuers, who, attempt->arena, attempt->why);
    if (who->user_id == NULL && !who->is_admin)
        return refuse(err, REFUSAL_USER_MISSING);
    *out = who;
    return AGENTOS_OK;
}

static agentos_status accept_jwt(const struct authentication *self, str token,
                                 const struct principal **out, agentos_error *err)
{
    struct verified *verified = NULL;

    if (may_go_unverified(self))
        TRY(read_from_proxy(self, token, &verified, err));
    else
        TRY(find_verified(self, token, &verified, err));
    arena_defer(self->attempt.arena, verified_release, verified);
    return conclude(self, verified_principal(verified), out, err);
}

/* ---- other credentials ---- */

static agentos_status accept_security_key(const struct authentication *self, str text,
                                          const struct principal **out, agentos_error *err)
{
    bool is_right = shared_secret_equals(&self->authority->security_key, text);

    explain(self->attempt.why, "security key", is_right, is_right ? "it is" : "it is not");
    if (!is_right)
        return refuse(err, REFUSAL_SECURITY_KEY_WRONG);
    *out = &key_principal;
    return AGENTOS_OK;
}

static bool is_internal_token(const struct authentication *self, str text)
{
    const struct shared_secret *secret = &self->authority->internal_token;

    return secret->is_set && shared_secret_equals(secret, text);
}

/* What has no prefix: a secret of this server's own, or else a JWT. */
static agentos_status accept_plain(const struct authentication *self, str text,
                                   const struct principal **out, agentos_error *err)
{
    if (is_internal_token(self, text)) {
        explain(self->attempt.why, "internal token", true, "the server's own scheduler");
        *out = &self->authority->internal;
        return AGENTOS_OK;
    }
    return self->authority->mode == AUTH_SECURITY_KEY ? accept_security_key(self, text, out, err)
                                                      : accept_jwt(self, text, out, err);
}

static struct account_check account_check_of(const struct authentication *self)
{
    const struct authority *authority = self->authority;

    return (struct account_check){
        .accounts = authority->accounts,
        .admin_scope = authority->plain.verifier.rules.admin_scope,
        .client = client_address(self->request, authority->proxies, authority->proxy_count,
                                 self->attempt.arena),
        .now_s = self->attempt.now_s,
        .arena = self->attempt.arena,
        .why = self->attempt.why,
    };
}

static agentos_status accept_service_account(const struct authentication *self, str token,
                                             const struct principal **out, agentos_error *err)
{
    const struct account_check check = account_check_of(self);

    return account_check(&check, token, out, err);
}

/* Without authentication nobody need say who he is; an account that does acts as itself, with its
 * own scopes (docs/design/contract.md §6). */
static const struct principal *accept_open(const struct authentication *self)
{
    const struct account_check check = account_check_of(self);
    const struct principal *who = NULL;
    struct credential credential;

    if (credential_find(self->request, &self->authority->credentials, &credential, NULL) ==
            AGENTOS_OK &&
        credential.kind == CREDENTIAL_SERVICE_ACCOUNT)
        who = account_check_open(&check, credential.text);
    if (who != NULL)
        explain(self->attempt.why, "service account", true, "it keeps to its scopes all the same");
    return who != NULL ? who : &open_principal;
}

typedef agentos_status acceptor(const struct authentication *self, str text,
                                const struct principal **out, agentos_error *err);

static acceptor *const acceptors[] = {
    [CREDENTIAL_JWT] = accept_plain,
    [CREDENTIAL_SERVICE_ACCOUNT] = accept_service_account,
};

/* ---- the way ---- */

static void explain_place(const struct authentication *self, const struct credential *credential)
{
    const struct credential_rules *rules = &self->authority->credentials;

    explain(self->attempt.why, "token", true, "found in the %s %s",
            credential->from_cookie ? rules->cookie : rules->header,
            credential->from_cookie ? "cookie" : "header");
}

static agentos_status check_site(const struct authentication *self,
                                 const struct credential *credential, agentos_error *err)
{
    if (!credential->from_cookie)
        return AGENTOS_OK;
    agentos_status status = cross_site_check(self->request, &self->authority->origins, err);
    explain(self->attempt.why, "site", status == AGENTOS_OK, "%s",
            status == AGENTOS_OK ? "nothing says that another site sends the cookie"
                                 : err->message);
    return status;
}

static agentos_status accept_credential(const struct authentication *self,
                                        const struct principal **out, agentos_error *err)
{
    struct credential credential;

    agentos_status status =
        credential_find(self->request, &self->authority->credentials, &credential, err);
    if (status != AGENTOS_OK) {
        explain(self->attempt.why, "token", false, "%s", err->message);
        return status;
    }
    explain_place(self, &credential);
    TRY(check_site(self, &credential, err));
    return acceptors[credential.kind](self, credential.text, out, err);
}

agentos_status authenticate(const struct authority *authority, const struct authenticating *how,
                            const struct principal **out, agentos_error *err)
{
    struct explanation *why = how->why;
    const struct authentication self = {
        .authority = authority,
        .cache = why == NULL ? how->cache : NULL, /* an explanation wants the steps, not their
                                                   * memory */
        .request = how->request,
        .attempt = { how->now_s, how->arena, why, how->wanted },
    };
    agentos_error refusal;

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
