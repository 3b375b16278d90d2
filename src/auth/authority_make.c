/* Compiles the `authorization:` block. */
#include "auth/authority_internal.h"

#include "auth/issuer/preset.h"
#include "base/ensure.h"
#include "base/limits.h"

/* Returns a copy of the text, or of the fallback if the text is NULL. */
static const char *copy_or(arena *a, const char *text, const char *fallback)
{
    return arena_copy_text(a, text != NULL ? text : fallback);
}

static const char *admin_scope_of(const struct authority_options *options)
{
    return options->admin_scope != NULL ? options->admin_scope : "agent_os:admin";
}

/* ---- the top-level options as an issuer ---- */

/* Copies the key options at top level to an issuer's options. */
static void copy_key_options(const struct authority_options *from, struct issuer_options *out)
{
    ensure(from->key_count == 0 || (from->keys != NULL && from->key_names != NULL));
    if (from->algorithm != NULL) { /* a single one */
        out->algorithms = &from->algorithm;
        out->algorithm_count = 1;
    }
    out->jwks_url = from->jwks_url;
    out->authorities = from->authorities;
    out->jwks = from->jwks;
    out->jwks_name = from->jwks_name != NULL ? from->jwks_name : "jwks";
    out->keys = from->keys;
    out->key_names = from->key_names;
    out->key_count = from->key_count;
    out->allow_weak_keys = from->allow_weak_keys;
}

/* Copies the claim options at top level to an issuer's options. */
static void copy_claim_options(const struct authority_options *from, struct issuer_options *out)
{
    out->audience_claim = from->audience_claim;
    out->user_id_claim = from->user_id_claim;
    out->session_id_claim = from->session_id_claim;
    out->scopes_claim = from->scopes_claim;
    out->scope_strings = from->scope_strings;
    if (from->roles_claim != NULL)
        out->roles_claim = (struct claim_names){ &from->roles_claim, 1 };
    out->dependencies_claims = from->dependencies_claims;
    out->session_state_claims = from->session_state_claims;
}

/* Expands the top-level options like those of an issuer, without the audience. */
static void expand_options(struct authority *self, const struct authority_options *from,
                           struct issuer_options *out)
{
    struct issuer_options block = {
        .name = "authorization",
        .is_plain = true,
        .issuer = from->issuer,
        .leeway_s = -1, /* use the default */
        .roles = from->roles,
        .role_count = from->role_count,
        .unscoped = !from->authorization,
    };

    copy_key_options(from, &block);
    copy_claim_options(from, &block);
    preset_expand_plain(&block, self->arena, out);
}

/* Returns whether tokens must name an audience, by default if one is set or keys are remote. */
static bool checks_audience(const struct authority_options *options)
{
    switch (options->verify_audience) {
    case CHOICE_YES: return true;
    case CHOICE_NO: return false;
    case CHOICE_UNSET: break;
    }
    return options->audience_count > 0 || options->jwks_url != NULL;
}

/* Sets the accepted audience to the configured one or the server's id. */
static agentos_status set_audience(const struct authority_options *options,
                                   struct issuer_options *plain, agentos_error *err)
{
    ensure(plain->is_plain && plain->audience_count == 0);
    if (!checks_audience(options))
        return AGENTOS_OK;
    if (options->audience_count > 0) {
        plain->audiences = options->audiences;
        plain->audience_count = options->audience_count;
        return AGENTOS_OK;
    }
    if (options->os_id == NULL)
        return fail_about(err, AGENTOS_INVALID, "authorization.verify_audience",
                          "set authorization.audience, or the server's id");
    plain->audiences = &options->os_id; /* a list of one audience */
    plain->audience_count = 1;
    return AGENTOS_OK;
}

/* Rejects an empty admin scope, and roles that no token can name. */
static agentos_status check_rule_options(const struct authority_options *options,
                                         agentos_error *err)
{
    if (admin_scope_of(options)[0] == '\0')
        return fail_about(err, AGENTOS_INVALID, "authorization.admin_scope", "must not be empty");
    if (options->role_count > 0 && options->roles_claim == NULL)
        return fail_about(err, AGENTOS_INVALID, "authorization.roles",
                          "needs authorization.roles_claim");
    return AGENTOS_OK;
}

/* Compiles the checks and claims at top level. The keys must have been read. */
static agentos_status read_plain_rules(struct authority *self,
                                       const struct authority_options *options,
                                       const struct issuer_build *build, agentos_error *err)
{
    struct verifier *verifier = &self->plain.verifier;

    TRY(check_rule_options(options, err));
    TRY(issuer_read_rules(build, &self->plain, err));
    verifier->no_expiry = arena_alloc(self->arena, sizeof(*verifier->no_expiry));
    verifier->no_expiry->report = options->on_no_expiry;
    ensure(verifier->demands == NULL && verifier->ceiling == NULL);
    return AGENTOS_OK;
}

/* ---- the listed issuers ---- */

/* Compiles the listed issuers, which must not share a key with the top-level options. */
static agentos_status read_issuers(struct authority *self, const struct authority_options *options,
                                   agentos_error *err)
{
    ensure(self->issuers == NULL && self->plain.name != NULL);
    if (options->issuer_count == 0)
        return AGENTOS_OK;
    if (options->accept_unverified)
        return fail_about(err, AGENTOS_INVALID, "authorization.validate",
                          "cannot be false with authorization.issuers, whose tokens are "
                          "always verified");
    self->plain_fallback = options->plain_fallback;
    const struct issuers_options listed = {
        .all = options->issuers,
        .count = options->issuer_count,
        .admin_scope = admin_scope_of(options),
        .pool = self->pool,
    };

    TRY(issuers_new(&listed, &self->issuers, err));
    return issuers_refuse_keys(self->issuers, &self->plain.verifier.keys, err);
}

/* ---- secrets ---- */

/* Reads the security key and the internal service token, if they are set. */
static agentos_status read_secrets(struct authority *self, const struct authority_options *options,
                                   agentos_error *err)
{
    enum key_strength strength = options->allow_weak_keys ? KEY_WEAK_ALLOWED : KEY_STRONG;

    TRY(shared_secret_read("security_key", options->security_key, strength, &self->security_key,
                           err));
    return shared_secret_read("internal_service_token", options->internal_service_token, strength,
                              &self->internal_token, err);
}

/* ---- credentials and proxies ---- */

/* Sets where requests carry credentials. The mode and the issuers must be known. */
static void read_credentials(struct authority *self, const struct authority_options *options)
{
    struct credential_rules *rules = &self->credentials;

    ensure(self->mode != AUTH_NONE || self->issuers == NULL);
    bool refuses_bare = options->refuse_bare_tokens || self->issuers != NULL;
    rules->bare = refuses_bare ? BARE_REFUSED : BARE_ACCEPTED;
    rules->header = copy_or(self->arena, options->token_header, "Authorization");
    rules->cookie = copy_or(self->arena, options->cookie_name, "access_token");
    rules->source = options->token_source;
    self->origins.origins = arena_copy_texts(self->arena, options->origins, options->origin_count);
    self->origins.count = options->origin_count;
    self->same_origin_cookies_only = options->same_origin_cookies_only;
    if (self->mode == AUTH_SECURITY_KEY) { /* the contract fixes the place of a security key */
        rules->header = "Authorization";
        rules->source = TOKEN_IN_HEADER;
        rules->is_security_key = true;
    }
}

/* Reads the networks of the trusted proxies. */
static agentos_status read_proxies(struct authority *self, const struct authority_options *options,
                                   agentos_error *err)
{
    ensure(options->trusted_proxy_count == 0 || options->trusted_proxies != NULL);
    size_t count = options->trusted_proxy_count;
    struct network *networks = arena_array(self->arena, count, sizeof(*networks));

    for (size_t i = 0; i < count; i++)
        if (!network_parse(str_of(options->trusted_proxies[i]), &networks[i]))
            return fail_about(err, AGENTOS_INVALID, "trusted_proxies",
                              QUOTED " is not a network such as 127.0.0.0/8",
                              QUOTE(str_of(options->trusted_proxies[i])));
    self->accepts_unverified = options->accept_unverified;
    self->proxies = networks;
    self->proxy_count = count;
    return AGENTOS_OK;
}

/* ---- the authority ---- */

/* Returns how callers are authenticated. A security key counts only if tokens are not accepted. */
static enum auth_mode mode_of(const struct authority *self)
{
    const struct verifier *plain = &self->plain.verifier;

    if (keyring_count(&plain->keys) > 0 || plain->remote != NULL)
        return AUTH_JWT;
    if (self->issuers != NULL || self->accepts_unverified)
        return AUTH_JWT;
    return self->security_key.is_set ? AUTH_SECURITY_KEY : AUTH_NONE;
}

/* Rejects options that need tokens if there is no key to verify them. */
static agentos_status require_keys(const struct authority *self,
                                   const struct authority_options *options, agentos_error *err)
{
    if (self->mode == AUTH_JWT) /* a key, or proxies that verify tokens */
        return AGENTOS_OK;
    if (options->authorization)
        return fail(err, AGENTOS_INVALID,
                    "authorization is on, but there is no key to check tokens with: "
                    "set authorization.verification_keys or JWT_VERIFICATION_KEY, or "
                    "authorization.jwks_file");
    if (options->user_isolation)
        return fail_about(err, AGENTOS_INVALID, "authorization.user_isolation",
                          "needs a key to verify tokens: set authorization.verification_keys or "
                          "JWT_VERIFICATION_KEY");
    return AGENTOS_OK;
}

/* Uses the pool in the options, or creates one that fetches nothing. */
static void choose_pool(struct authority *self, const struct authority_options *options)
{
    self->pool = options->key_pool;
    if (self->pool == NULL) {
        self->own_pool = key_pool_new(NULL);
        self->pool = self->own_pool;
    }
}

/* Copies the options that need no compiling. */
static void copy_options(struct authority *self, const struct authority_options *options)
{
    const struct claim_names *names = &options->session_state_claims;

    self->accounts = options->accounts;
    self->isolates = options->user_isolation;
    self->state_claims = (struct claim_names){
        .all = arena_copy_texts(self->arena, names->all, names->count),
        .count = names->count,
    };
    choose_pool(self, options);
}

/* Compiles the options into *self. The mode depends on the keys and issuers, and the remaining
 * steps on the mode. */
agentos_status authority_compile(struct authority *self, const struct authority_options *options,
                                 agentos_error *err)
{
    struct issuer_options expanded;

    ensure(self->arena != NULL && self->plain.name == NULL); /* compiled once */
    copy_options(self, options);
    expand_options(self, options, &expanded);
    const struct issuer_build build = {
        .from = &expanded,
        .admin_scope = arena_copy_text(self->arena, admin_scope_of(options)),
        .arena = self->arena,
        .pool = self->pool,
    };
    TRY(read_proxies(self, options, err));
    TRY(issuer_read_keys(&build, &self->plain, err));
    TRY(read_issuers(self, options, err));
    TRY(read_secrets(self, options, err));
    self->mode = mode_of(self);
    TRY(require_keys(self, options, err));
    TRY(set_audience(options, &expanded, err));
    TRY(read_plain_rules(self, options, &build, err));
    read_credentials(self, options);
    return AGENTOS_OK;
}
