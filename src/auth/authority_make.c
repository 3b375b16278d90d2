/* Options compiled: texts copied, keys read, paths parsed, and what cannot be meant refused in a
 * sentence that names the option. */
#include "auth/authority_internal.h"

#include "base/limits.h"
#include "base/mem.h"

enum { MAX_STALE_S = 24 * 60 * 60 }; /* how long fetched keys live through failures */

static const char *copy_or(arena *a, const char *text, const char *fallback)
{
    return arena_copy_text(a, text != NULL ? text : fallback);
}

/* ---- keys ---- */

static enum key_strength strength_of(const struct authority_options *options)
{
    return options->allow_weak_keys ? KEY_WEAK_ALLOWED : KEY_STRONG;
}

static const char *admin_scope_of(const struct authority_options *options)
{
    return options->admin_scope != NULL ? options->admin_scope : "agent_os:admin";
}

static agentos_status read_algorithm(struct authority *self, const char *name, agentos_error *err)
{
    struct keyring *keys = &self->verifier.keys;

    keys->algs[0] = alg_find(str_of(name));
    if (keys->algs[0] == NULL)
        return fail(err, AGENTOS_INVALID,
                    "authorization.algorithm: " QUOTED
                    " is not a signature algorithm; RS256 is the usual one",
                    QUOTE(str_of(name)));
    keys->alg_count = 1;
    return AGENTOS_OK;
}

static agentos_status read_keys(struct authority *self, const struct authority_options *options,
                                agentos_error *err)
{
    struct keyring *keys = &self->verifier.keys;

    TRY(read_algorithm(self, options->algorithm != NULL ? options->algorithm : "RS256", err));
    if (options->jwks != NULL)
        TRY(keyring_set(keys, copy_or(self->arena, options->jwks_name, "jwks"),
                        str_of(options->jwks), strength_of(options), err));
    for (size_t i = 0; i < options->key_count; i++)
        TRY(keyring_add(keys, arena_copy_text(self->arena, options->key_names[i]),
                        str_of(options->keys[i]), strength_of(options), err));
    return AGENTOS_OK;
}

static agentos_status read_jwks_url(struct authority *self, const struct authority_options *options,
                                    agentos_error *err)
{
    const struct keyring *keys = &self->verifier.keys;

    if (options->jwks_url == NULL)
        return AGENTOS_OK;
    return key_pool_get(self->pool,
                        &(struct remote_keys_options){
                            .name = "authorization.jwks_url",
                            .place = { .url = options->jwks_url },
                            .rules = { keys->algs, keys->alg_count, true, strength_of(options) },
                            .max_stale_s = MAX_STALE_S,
                        },
                        &self->verifier.remote, err);
}

static agentos_status read_issuers(struct authority *self, const struct authority_options *options,
                                   agentos_error *err)
{
    if (options->issuer_count == 0)
        return AGENTOS_OK;
    if (options->accept_unverified)
        return fail(err, AGENTOS_INVALID,
                    "authorization.validate: false, but authorization.issuers is set, whose tokens "
                    "are always verified; remove one of them");
    self->plain_fallback = options->plain_fallback;
    TRY(issuers_new(&(struct issuers_options){ options->issuers, options->issuer_count,
                                               admin_scope_of(options), self->pool },
                    &self->issuers, err));
    return issuers_refuse_keys(self->issuers, &self->verifier.keys, err);
}

static agentos_status read_secrets(struct authority *self, const struct authority_options *options,
                                   agentos_error *err)
{
    TRY(shared_secret_read("security_key", options->security_key, strength_of(options),
                           &self->security_key, err));
    return shared_secret_read("internal_service_token", options->internal_service_token,
                              strength_of(options), &self->internal_token, err);
}

/* ---- checks ---- */

static agentos_status read_audience_claim(struct authority *self, const char *text,
                                          agentos_error *err)
{
    agentos_error reason;

    if (text != NULL &&
        claim_path_parse(self->arena, str_of(text), &self->verifier.checks.audience_claim,
                         &reason) != AGENTOS_OK)
        return fail(err, AGENTOS_INVALID, "authorization.audience_claim: %s", reason.message);
    return AGENTOS_OK;
}

static void expect_audiences(struct authority *self, const char *const *audiences, size_t count)
{
    self->verifier.checks.audiences = arena_copy_texts(self->arena, audiences, count);
    self->verifier.checks.audience_count = count;
}

static agentos_status read_checks(struct authority *self, const struct authority_options *options,
                                  agentos_error *err)
{
    struct jwt_checks *checks = &self->verifier.checks;
    bool is_wanted = options->verify_audience == 1 ||
                     (options->verify_audience < 0 &&
                      (options->audience_count > 0 || options->jwks_url != NULL));

    checks->issuer = arena_copy_text(self->arena, options->issuer);
    checks->leeway_s = CLOCK_LEEWAY_S;
    TRY(read_audience_claim(self, options->audience_claim, err));
    if (is_wanted && options->audience_count > 0)
        expect_audiences(self, options->audiences, options->audience_count);
    else if (is_wanted && options->os_id != NULL)
        expect_audiences(self, &options->os_id, 1);
    else if (is_wanted)
        return fail(
            err, AGENTOS_INVALID,
            "authorization.verify_audience: set authorization.audience, or the server's id");
    return AGENTOS_OK;
}

/* ---- claims ---- */

static agentos_status read_list(arena *a, const char *option, const char *const *names,
                                size_t count, struct claim_list *out, agentos_error *err)
{
    struct claim_path *paths = arena_alloc(a, (count + 1) * sizeof(*paths));
    agentos_error reason;

    if (count > CLAIMS_MAX)
        return fail(err, AGENTOS_INVALID, "authorization.%s: more than %d claims", option,
                    CLAIMS_MAX);
    for (size_t i = 0; i < count; i++)
        if (claim_path_parse(a, str_of(names[i]), &paths[i], &reason) != AGENTOS_OK)
            return fail(err, AGENTOS_INVALID, "authorization.%s: %s", option, reason.message);
    *out = (struct claim_list){ paths, count };
    return AGENTOS_OK;
}

/* One row a claim option. */
struct claim_option {
    const char *name;
    struct claim_names names;
    const char *single;   /* the option's value, where it is one text */
    const char *fallback; /* NULL: nothing is read */
    struct claim_list *out;
};

static agentos_status read_option(arena *a, const struct claim_option *option, agentos_error *err)
{
    const char *single = option->single != NULL ? option->single : option->fallback;

    if (option->names.count > 0 || single == NULL)
        return read_list(a, option->name, option->names.all, option->names.count, option->out, err);
    return read_list(a, option->name, &single, 1, option->out, err);
}

static agentos_status read_claims(arena *a, const struct authority_options *from,
                                  struct principal_rules *rules, agentos_error *err)
{
    static const struct claim_names none = { NULL, 0 };
    // clang-format off
    const struct claim_option options[] = {
        { "scopes_claim",         from->scopes_claim,         NULL,                   "scopes",     &rules->scopes },
        { "user_id_claim",        none,                       from->user_id_claim,    "sub",        &rules->user_id },
        { "session_id_claim",     none,                       from->session_id_claim, "session_id", &rules->session_id },
        { "roles_claim",          none,                       from->roles_claim,      NULL,         &rules->roles },
        { "dependencies_claims",  from->dependencies_claims,  NULL,                   NULL,         &rules->dependencies },
        { "session_state_claims", from->session_state_claims, NULL,                   NULL,         &rules->session_state },
    };
    // clang-format on

    for (size_t i = 0; i < COUNT(options); i++)
        TRY(read_option(a, &options[i], err));
    return AGENTOS_OK;
}

static agentos_status read_rules(struct authority *self, const struct authority_options *options,
                                 agentos_error *err)
{
    const char *admin = admin_scope_of(options);

    if (admin[0] == '\0')
        return fail(err, AGENTOS_INVALID, "authorization.admin_scope: may not be empty");
    if (options->role_count > 0 && options->roles_claim == NULL)
        return fail(err, AGENTOS_INVALID,
                    "authorization.roles: set authorization.roles_claim, so that tokens can name "
                    "them");
    self->verifier.lasting = arena_alloc(self->arena, sizeof(*self->verifier.lasting));
    self->verifier.lasting->tell = options->on_lasting_token;
    self->verifier.rules = (struct principal_rules){
        .admin_scope = arena_copy_text(self->arena, admin),
        .unscoped = !options->authorization,
        .leeway_s = CLOCK_LEEWAY_S,
        .scope_strings = options->scope_strings,
    };
    TRY(read_claims(self->arena, options, &self->verifier.rules, err));
    return role_table_read(
        &(struct role_options){ "authorization.roles", options->roles, options->role_count, admin },
        self->arena, &self->verifier.roles, err);
}

/* ---- where tokens are, and from whom ---- */

static const char *missing_text(arena *a, const struct credential_rules *rules)
{
    switch (rules->source) {
    case TOKEN_IN_HEADER: return arena_printf(a, "%s header missing", rules->header);
    case TOKEN_IN_COOKIE: return arena_printf(a, "JWT cookie '%s' missing", rules->cookie);
    case TOKEN_IN_EITHER: break;
    }
    return arena_printf(a, "JWT token missing from both %s header and '%s' cookie", rules->header,
                        rules->cookie);
}

static void read_credentials(struct authority *self, const struct authority_options *options)
{
    struct credential_rules *rules = &self->credentials;

    rules->bare =
        options->refuse_bare_tokens || self->issuers != NULL ? BARE_REFUSED : BARE_ACCEPTED;
    rules->header = copy_or(self->arena, options->token_header, "Authorization");
    rules->cookie = copy_or(self->arena, options->cookie_name, "access_token");
    rules->source = options->token_source;
    rules->missing = missing_text(self->arena, rules);
    self->origins =
        (struct cors){ arena_copy_texts(self->arena, options->origins, options->origin_count),
                       options->origin_count };
    if (self->mode == AUTH_SECURITY_KEY) { /* it is no token: its place is the contract's alone */
        rules->header = "Authorization";
        rules->source = TOKEN_IN_HEADER;
        rules->missing = "Authorization header required";
    }
}

static agentos_status read_proxies(struct authority *self, const struct authority_options *options,
                                   agentos_error *err)
{
    size_t count = options->trusted_proxy_count;
    struct network *networks = arena_alloc(self->arena, (count + 1) * sizeof(*networks));

    for (size_t i = 0; i < count; i++)
        if (!network_parse(str_of(options->trusted_proxies[i]), &networks[i]))
            return fail(err, AGENTOS_INVALID,
                        "trusted_proxies: " QUOTED " is no network, such as 127.0.0.0/8",
                        QUOTE(str_of(options->trusted_proxies[i])));
    self->accepts_unverified = options->accept_unverified;
    self->proxies = networks;
    self->proxy_count = count;
    return AGENTOS_OK;
}

static enum auth_mode mode_of(const struct authority *self)
{
    if (keyring_count(&self->verifier.keys) > 0 || self->verifier.remote != NULL ||
        self->issuers != NULL || self->accepts_unverified)
        return AUTH_JWT;
    return self->security_key.is_set ? AUTH_SECURITY_KEY : AUTH_NONE;
}

agentos_status authority_compile(struct authority *self, const struct authority_options *options,
                                 agentos_error *err)
{
    self->accounts = options->accounts;
    self->pool = options->key_pool;
    if (self->pool == NULL)
        self->pool = self->own_pool = key_pool_new(NULL);
    TRY(read_proxies(self, options, err));
    TRY(read_keys(self, options, err));
    TRY(read_jwks_url(self, options, err));
    TRY(read_issuers(self, options, err));
    TRY(read_secrets(self, options, err));
    self->mode = mode_of(self);
    if (self->mode != AUTH_JWT && options->authorization)
        return fail(err, AGENTOS_INVALID,
                    "authorization is on, but there is no key to check tokens with: "
                    "set authorization.verification_keys or JWT_VERIFICATION_KEY, or "
                    "authorization.jwks_file");
    if (self->mode != AUTH_JWT && options->user_isolation)
        return fail(err, AGENTOS_INVALID,
                    "authorization.user_isolation: without a key to check tokens with there are no "
                    "users to tell apart: set authorization.verification_keys or "
                    "JWT_VERIFICATION_KEY");
    self->isolates = options->user_isolation;
    TRY(read_checks(self, options, err));
    TRY(read_rules(self, options, err));
    read_credentials(self, options);
    return AGENTOS_OK;
}
