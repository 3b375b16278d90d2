/* Options, expanded by their preset, compiled into a verifier each. */
#include "auth/issuer/issuer_internal.h"

#include "auth/issuer/preset.h"
#include "auth/scope/scope.h"
#include "base/limits.h"
#include "base/mem.h"

/* One issuer being made. */
struct making {
    arena *arena;
    const struct issuer_options *from; /* expanded; texts outlive the making only when copied */
    struct issuer *out;
    struct key_pool *pool;
};

/* ---- keys ---- */

static agentos_status read_algorithms(const struct making *m, agentos_error *err)
{
    struct keyring *keys = &m->out->verifier.keys;

    if (m->from->algorithm_count > ALGS_MAX)
        return fail(err, AGENTOS_INVALID, "%s.algorithms: more than %d", m->from->name, ALGS_MAX);
    for (size_t i = 0; i < m->from->algorithm_count; i++) {
        const struct alg *alg = alg_find(str_of(m->from->algorithms[i]));

        if (alg == NULL)
            return fail(err, AGENTOS_INVALID,
                        "%s.algorithms: " QUOTED " is not a signature algorithm; RS256 is the "
                        "usual one",
                        m->from->name, QUOTE(str_of(m->from->algorithms[i])));
        keys->algs[keys->alg_count++] = alg;
    }
    return AGENTOS_OK;
}

/* A key for each of the algorithms that it fits: each is bound to one (RFC 8725 §3.1). */
static agentos_status add_key(const struct making *m, const char *name, str text,
                              enum key_strength strength, agentos_error *err)
{
    struct keyring *keys = &m->out->verifier.keys;
    agentos_error first = { .message = "" };
    size_t before = keys->count;

    for (size_t i = 0; i < keys->alg_count; i++) {
        agentos_error reason;
        struct key *key = NULL;

        if (key_read_verification(text, keys->algs[i], strength, &key, &reason) != AGENTOS_OK) {
            first = first.message[0] == '\0' ? reason : first;
            continue;
        }
        if (keys->count == STATIC_KEYS_MAX) {
            key_unref(key);
            return fail(err, AGENTOS_INVALID, "%s: more than %d keys and algorithms", name,
                        STATIC_KEYS_MAX);
        }
        keys->entries[keys->count++] = (struct keyring_entry){ key, name };
    }
    return keys->count > before ? AGENTOS_OK
                                : fail(err, AGENTOS_INVALID, "%s: %s", name, first.message);
}

static agentos_status read_local_keys(const struct making *m, enum key_strength strength,
                                      agentos_error *err)
{
    const struct issuer_options *from = m->from;

    if (from->jwks != NULL)
        TRY(keyring_set(&m->out->verifier.keys, arena_copy_text(m->arena, from->jwks_name),
                        str_of(from->jwks), strength, err));
    for (size_t i = 0; i < from->key_count; i++)
        TRY(add_key(m, arena_copy_text(m->arena, from->key_names[i]), str_of(from->keys[i]),
                    strength, err));
    return AGENTOS_OK;
}

static agentos_status read_remote_keys(const struct making *m, enum key_strength strength,
                                       agentos_error *err)
{
    const struct issuer_options *from = m->from;
    const struct keyring *keys = &m->out->verifier.keys;
    bool is_direct = from->jwks_url != NULL || from->x509_url != NULL;
    const char *url = from->jwks_url != NULL ? from->jwks_url : from->x509_url;

    if (from->jwks != NULL || from->key_count > 0)
        return AGENTOS_OK;
    const struct remote_keys_options options = {
        .name = arena_printf(m->arena, "%s.%s", from->name,
                             from->jwks_url != NULL        ? "jwks_url"
                             : from->x509_url != NULL      ? "x509_url"
                             : from->discovery_url != NULL ? "discovery_url"
                                                           : "issuer"),
        .place = { .issuer = is_direct ? NULL : from->issuer,
                   .url = is_direct ? url : from->discovery_url },
        .rules = { keys->algs, keys->alg_count, true, strength },
        .max_stale_s = from->max_stale_s,
    };
    return key_pool_get(m->pool, &options, &m->out->verifier.remote, err);
}

static agentos_status check_sources(const struct issuer_options *from, agentos_error *err)
{
    int count = (from->jwks_url != NULL) + (from->x509_url != NULL) +
                (from->discovery_url != NULL) + (from->jwks != NULL) + (from->key_count > 0);

    if (count > 1)
        return fail(err, AGENTOS_INVALID,
                    "%s: more than one of jwks_url, jwks_file, verification_keys, x509_url and "
                    "discovery_url; keep one",
                    from->name);
    return AGENTOS_OK;
}

static agentos_status read_keys(const struct making *m, agentos_error *err)
{
    enum key_strength strength = m->from->allow_weak_keys ? KEY_WEAK_ALLOWED : KEY_STRONG;

    TRY(check_sources(m->from, err));
    TRY(read_algorithms(m, err));
    TRY(read_local_keys(m, strength, err));
    return read_remote_keys(m, strength, err);
}

/* ---- claims ---- */

/* Supabase and Clerk let a user write these himself (docs/design/security.md 4). */
static bool is_written_by_users(const struct claim_path *path)
{
    static const char *const names[] = { "user_metadata", "unsafe_metadata", "raw_user_meta_data" };

    for (size_t i = 0; i < path->count; i++)
        for (size_t j = 0; j < COUNT(names); j++)
            if (strcmp(path->names[i], names[j]) == 0)
                return true;
    return false;
}

static agentos_status read_path(const struct making *m, const char *option, const char *text,
                                struct claim_path *out, agentos_error *err)
{
    agentos_error reason;

    if (claim_path_parse(m->arena, str_of(text), out, &reason) != AGENTOS_OK)
        return fail(err, AGENTOS_INVALID, "%s.%s: %s", m->from->name, option, reason.message);
    if (is_written_by_users(out))
        return fail(err, AGENTOS_INVALID,
                    "%s.%s: " QUOTED " is written by the user himself; use a claim that only the "
                    "provider writes, such as app_metadata",
                    m->from->name, option, QUOTE(str_of(text)));
    return AGENTOS_OK;
}

static agentos_status read_list(const struct making *m, const char *option,
                                const struct claim_names *names, struct claim_list *out,
                                agentos_error *err)
{
    struct claim_path *paths = arena_alloc(m->arena, (names->count + 1) * sizeof(*paths));

    if (names->count > CLAIMS_MAX)
        return fail(err, AGENTOS_INVALID, "%s.%s: more than %d claims", m->from->name, option,
                    CLAIMS_MAX);
    for (size_t i = 0; i < names->count; i++)
        TRY(read_path(m, option, names->all[i], &paths[i], err));
    *out = (struct claim_list){ paths, names->count };
    return AGENTOS_OK;
}

static agentos_status read_claims(const struct making *m, struct principal_rules *rules,
                                  agentos_error *err)
{
    const struct issuer_options *from = m->from;
    // clang-format off
    const struct {
        const char *option;
        struct claim_names names;
        struct claim_list *out;
    } all[] = {
        { "scopes_claim",     from->scopes_claim,              &rules->scopes },
        { "roles_claim",      from->roles_claim,               &rules->roles },
        { "scopes_claim",     { &from->narrowing_claim, from->narrowing_claim != NULL }, &rules->shape.narrowing },
        { "user_id_claim",    { &from->user_id_claim, 1 },     &rules->user_id },
        { "session_id_claim", { &from->session_id_claim, from->session_id_claim != NULL }, &rules->session_id },
        { "tenant_claim",     { &from->tenant_claim, from->tenant_claim != NULL }, &rules->tenant },
    };
    // clang-format on

    for (size_t i = 0; i < COUNT(all); i++)
        TRY(read_list(m, all[i].option, &all[i].names, all[i].out, err));
    return AGENTOS_OK;
}

static agentos_status read_rules(const struct making *m, const char *admin_scope,
                                 agentos_error *err)
{
    const struct issuer_options *from = m->from;
    struct principal_rules *rules = &m->out->verifier.rules;

    *rules = (struct principal_rules){
        .admin_scope = admin_scope,
        .leeway_s = from->leeway_s,
        .keeps_issuer = true,
        .shape = { .prefix = arena_copy_text(m->arena, from->scope_prefix),
                   .packs_permissions = from->packs_permissions },
        .scope_strings = from->scope_strings == SCOPE_STRINGS_SINGLE ? SCOPE_STRINGS_SINGLE
                                                                     : SCOPE_STRINGS_SPLIT,
    };
    TRY(read_claims(m, rules, err));
    const struct role_options roles = { arena_printf(m->arena, "%s.roles", from->name), from->roles,
                                        from->role_count, admin_scope };
    return role_table_read(&roles, m->arena, &m->out->verifier.roles, err);
}

/* ---- checks and demands ---- */

/* "-": the key set is the audience's own, so its signature has said it. */
static agentos_status read_checks(const struct making *m, agentos_error *err)
{
    const struct issuer_options *from = m->from;
    bool is_in_token = strcmp(from->audience_claim, "-") != 0;

    m->out->verifier.checks = (struct jwt_checks){
        .issuer = arena_copy_text(m->arena, from->issuer),
        .audiences = arena_copy_texts(m->arena, from->audiences, from->audience_count),
        .audience_count = is_in_token ? from->audience_count : 0,
        .require_exp = true,
        .leeway_s = from->leeway_s,
    };
    return is_in_token ? read_path(m, "audience_claim", from->audience_claim,
                                   &m->out->verifier.checks.audience_claim, err)
                       : AGENTOS_OK;
}

static agentos_status read_demands(const struct making *m, agentos_error *err)
{
    const struct issuer_options *from = m->from;
    size_t count = from->required_claim_count + from->equal_claim_count;
    struct claim_rule *rules = arena_alloc(m->arena, (count + 1) * sizeof(*rules));
    size_t at = 0;

    for (size_t i = 0; i < from->required_claim_count; i++)
        TRY(read_path(m, "required_claims", from->required_claims[i], &rules[at++].path, err));
    for (size_t i = 0; i < from->equal_claim_count; i++) {
        const struct claim_demand *equal = &from->equal_claims[i];

        TRY(read_path(m, "equal_claims", equal->claim, &rules[at].path, err));
        rules[at].values = arena_copy_texts(m->arena, equal->values, equal->count);
        rules[at++].count = equal->count;
    }
    m->out->demands = (struct demands){
        .types = arena_copy_texts(m->arena, from->types, from->type_count),
        .type_count = from->type_count,
        .max_lifetime_s = from->max_lifetime_s,
        .leeway_s = from->leeway_s,
        .rules = rules,
        .rule_count = count,
    };
    m->out->verifier.demands = &m->out->demands;
    return AGENTOS_OK;
}

static agentos_status read_ceiling(const struct making *m, const char *admin_scope,
                                   agentos_error *err)
{
    const struct issuer_options *from = m->from;
    str *grants = arena_alloc(m->arena, (from->grant_count + 1) * sizeof(*grants));
    struct scope parsed;

    for (size_t i = 0; i < from->grant_count; i++) {
        grants[i] = str_of(arena_copy_text(m->arena, from->grants[i]));
        if (!scope_parse(grants[i], &parsed))
            return fail(err, AGENTOS_INVALID,
                        "%s.grants: " QUOTED " is no scope such as "
                        "agents:read or agents:*",
                        from->name, QUOTE(grants[i]));
    }
    m->out->ceiling = (struct ceiling){ from->has_grants, grants, from->grant_count, admin_scope };
    m->out->verifier.ceiling = &m->out->ceiling;
    return AGENTOS_OK;
}

static agentos_status make(const struct making *m, const char *admin_scope, agentos_error *err)
{
    m->out->name = arena_copy_text(m->arena, m->from->name);
    if (m->from->leeway_s > 300)
        return fail(err, AGENTOS_INVALID, "%s.leeway: more than 300 seconds", m->from->name);
    TRY(read_checks(m, err));
    TRY(read_keys(m, err));
    TRY(read_rules(m, admin_scope, err));
    TRY(read_demands(m, err));
    return read_ceiling(m, admin_scope, err);
}

/* ---- all of them ---- */

static agentos_status refuse_shared(const struct keyring *a, const char *a_name,
                                    const struct keyring *b, agentos_error *err);

static agentos_status make_all(struct issuers *self, const struct issuers_options *options,
                               agentos_error *err)
{
    const char *admin = arena_copy_text(self->arena, options->admin_scope);

    for (size_t i = 0; i < options->count; i++) {
        struct issuer *issuer = &self->all[i];
        struct issuer_options expanded;

        TRY(preset_expand(&options->all[i], self->arena, &expanded, err));
        self->count++;
        const struct making m = { self->arena, &expanded, issuer, options->pool };
        TRY(make(&m, admin, err));
        if (map_put(&self->by_iss, str_of(issuer->verifier.checks.issuer), issuer) != NULL)
            return fail(err, AGENTOS_INVALID, "%s.issuer: " QUOTED " stands twice", issuer->name,
                        QUOTE(str_of(expanded.issuer)));
        for (size_t j = 0; j < i; j++)
            TRY(refuse_shared(&issuer->verifier.keys, issuer->name, &self->all[j].verifier.keys,
                              err));
    }
    return AGENTOS_OK;
}

agentos_status issuers_new(const struct issuers_options *options, struct issuers **out,
                           agentos_error *err)
{
    struct issuers *self = mem_zeroed(sizeof(*self));
    if (options->count > ISSUERS_MAX) {
        free(self);
        return fail(err, AGENTOS_INVALID, "authorization.issuers: more than %d", ISSUERS_MAX);
    }
    self->arena = arena_new();
    self->all = arena_alloc(self->arena, (options->count + 1) * sizeof(*self->all));
    agentos_status status = make_all(self, options, err);
    if (status == AGENTOS_OK)
        *out = self;
    else
        issuers_free(self);
    return status;
}

/* ---- one key in two places ---- */

static const struct key *key_at(const struct keyring *keys, size_t i)
{
    return i < keys->count ? keys->entries[i].key : jwks_entry(keys->set, i - keys->count)->key;
}

/* The same key, also when it is bound to different algorithms. */
static bool is_same_key(const struct key *a, const struct key *b)
{
    char print_a[KEY_THUMBPRINT_SIZE], print_b[KEY_THUMBPRINT_SIZE];

    return key_equal(a, b) || (key_thumbprint(a, print_a)[0] != '\0' &&
                               strcmp(print_a, key_thumbprint(b, print_b)) == 0);
}

/* A key that speaks for two issuers would make either of them the other. */
static agentos_status refuse_shared(const struct keyring *a, const char *a_name,
                                    const struct keyring *b, agentos_error *err)
{
    for (size_t i = 0; i < keyring_count(a); i++)
        for (size_t j = 0; j < keyring_count(b); j++)
            if (is_same_key(key_at(a, i), key_at(b, j)))
                return fail(err, AGENTOS_INVALID,
                            "%s: one of its keys stands in another place too; each issuer needs "
                            "keys of its own",
                            a_name);
    return AGENTOS_OK;
}

agentos_status issuers_refuse_keys(const struct issuers *issuers, const struct keyring *plain,
                                   agentos_error *err)
{
    for (size_t i = 0; i < issuers->count; i++)
        TRY(refuse_shared(&issuers->all[i].verifier.keys, issuers->all[i].name, plain, err));
    return AGENTOS_OK;
}
