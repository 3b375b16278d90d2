/* Compiles the checks, claims and ceiling of an issuer from its options. */
#include "auth/issuer/issuer_make.h"

#include "auth/scope/scope.h"
#include "base/ensure.h"
#include "base/limits.h"
#include "base/mem.h"

enum { LEEWAY_MAX_S = 300 };

/* ---- claims ---- */

/* Returns whether users can write this claim of Supabase or Clerk (docs/design/security.md 4). */
static bool is_user_metadata(const char *claim)
{
    static const char *const names[] = { "user_metadata", "unsafe_metadata", "raw_user_meta_data" };

    for (size_t i = 0; i < COUNT(names); i++)
        if (strcmp(claim, names[i]) == 0)
            return true;
    return false;
}

/* Returns whether the path contains a claim that users can write. */
static bool is_written_by_users(const struct claim_path *path)
{
    for (size_t i = 0; i < path->count; i++)
        if (is_user_metadata(path->names[i]))
            return true;
    return false;
}

/* Parses the claim path in the option `key`. Listed issuers must not use user-written claims. */
static agentos_status read_path(const struct issuer_build *build, const char *key, const char *text,
                                struct claim_path *out, agentos_error *err)
{
    const char *option = arena_printf(build->arena, "%s.%s", build->from->name, key);
    agentos_error reason;

    if (claim_path_parse(build->arena, str_of(text), out, &reason) != AGENTOS_OK)
        return fail_about(err, AGENTOS_INVALID, "%s", "%s", option, reason.message);
    if (!build->from->is_plain && is_written_by_users(out))
        return fail_about(err, AGENTOS_INVALID, "%s",
                          QUOTED " is written by the users themselves; use a claim that only the "
                                 "provider writes, such as app_metadata",
                          option, QUOTE(str_of(text)));
    return AGENTOS_OK;
}

/* An option that names claims. */
struct claim_option {
    const char *key;          /* the option's name, for errors */
    struct claim_names names; /* the option's value */
    struct claim_list *out;   /* where the parsed claim paths are stored */
};

/* Parses the claims of one option, allocated from the arena. */
static agentos_status read_claim_option(const struct issuer_build *build,
                                        const struct claim_option *option, agentos_error *err)
{
    size_t count = option->names.count;

    ensure(count == 0 || option->names.all != NULL);
    if (count > CLAIMS_MAX)
        return fail_about(err, AGENTOS_INVALID, "%s.%s", "more than %d claims", build->from->name,
                          option->key, CLAIMS_MAX);
    struct claim_path *paths = arena_array(build->arena, count, sizeof(*paths));
    for (size_t i = 0; i < count; i++)
        TRY(read_path(build, option->key, option->names.all[i], &paths[i], err));
    *option->out = (struct claim_list){ paths, count };
    return AGENTOS_OK;
}

/* Returns a list that borrows the claim, or an empty list for a NULL claim. */
static struct claim_names list_of_one(const char *const *claim)
{
    struct claim_names names = { .all = claim, .count = 1 };

    if (*claim == NULL)
        names.count = 0;
    return names;
}

/* Parses all options that name claims. */
static agentos_status read_claims(const struct issuer_build *build, struct principal_rules *rules,
                                  agentos_error *err)
{
    const struct issuer_options *from = build->from;
    // clang-format off
    const struct claim_option options[] = {
        { "scopes_claim",         from->scopes_claim,                   &rules->scopes },
        { "scopes_claim",         list_of_one(&from->narrowing_claim),  &rules->shape.narrowing },
        { "user_id_claim",        list_of_one(&from->user_id_claim),    &rules->user_id },
        { "session_id_claim",     list_of_one(&from->session_id_claim), &rules->session_id },
        { "roles_claim",          from->roles_claim,                    &rules->roles },
        { "tenant_claim",         list_of_one(&from->tenant_claim),     &rules->tenant },
        { "dependencies_claims",  from->dependencies_claims,            &rules->dependencies },
        { "session_state_claims", from->session_state_claims,           &rules->session_state },
    };
    // clang-format on

    ensure(from->user_id_claim != NULL); /* set by the preset */
    for (size_t i = 0; i < COUNT(options); i++)
        TRY(read_claim_option(build, &options[i], err));
    return AGENTOS_OK;
}

/* Reads the roles that tokens of this issuer may name. */
static agentos_status read_roles(const struct issuer_build *build, struct role_table *out,
                                 agentos_error *err)
{
    const struct issuer_options *from = build->from;
    const struct role_options roles = {
        .name = arena_printf(build->arena, "%s.roles", from->name),
        .all = from->roles,
        .count = from->role_count,
        .admin_scope = build->admin_scope,
    };

    return role_table_read(&roles, build->arena, out, err);
}

/* Sets the rules that turn a token's claims into a principal. */
static agentos_status read_principal_rules(const struct issuer_build *build,
                                           struct principal_rules *out, agentos_error *err)
{
    const struct issuer_options *from = build->from;

    ensure(build->admin_scope != NULL);
    ensure(from->is_plain || !from->unscoped); /* a listed issuer always requires scopes */
    *out = (struct principal_rules){
        .admin_scope = build->admin_scope,
        .unscoped = from->unscoped,
        .leeway_s = from->leeway_s,
        .keeps_issuer = !from->is_plain,
        .shape = { .prefix = arena_copy_text(build->arena, from->scope_prefix),
                   .packs_permissions = from->packs_permissions },
        .scope_strings = from->scope_strings,
    };
    return read_claims(build, out, err);
}

/* ---- checks ---- */

/* Returns whether tokens name an audience. "-" means that the key set belongs to one audience. */
static bool tokens_name_audience(const struct issuer_options *from)
{
    return from->is_plain || strcmp(from->audience_claim, "-") != 0;
}

/* Sets the checks of iss, aud and exp. Copies the texts to the arena. */
static agentos_status read_checks(const struct issuer_build *build, struct jwt_checks *out,
                                  agentos_error *err)
{
    const struct issuer_options *from = build->from;

    ensure(from->audience_claim != NULL); /* set by the preset */
    ensure(from->is_plain || (from->issuer != NULL && from->audience_count > 0));
    *out = (struct jwt_checks){
        .issuer = arena_copy_text(build->arena, from->issuer),
        .require_exp = !from->is_plain,
        .leeway_s = from->leeway_s,
    };
    if (!tokens_name_audience(from))
        return AGENTOS_OK;
    out->audiences = arena_copy_texts(build->arena, from->audiences, from->audience_count);
    out->audience_count = from->audience_count;
    return read_path(build, "audience_claim", from->audience_claim, &out->audience_claim, err);
}

/* Compiles required_claims to rules without values. `rules` holds required_claim_count. */
static agentos_status read_required_claims(const struct issuer_build *build,
                                           struct claim_rule *rules, agentos_error *err)
{
    const struct issuer_options *from = build->from;

    ensure(from->required_claim_count == 0 || from->required_claims != NULL);
    for (size_t i = 0; i < from->required_claim_count; i++)
        TRY(read_path(build, "required_claims", from->required_claims[i], &rules[i].path, err));
    return AGENTOS_OK;
}

/* Compiles equal_claims to rules with values. `rules` holds equal_claim_count. */
static agentos_status read_equal_claims(const struct issuer_build *build, struct claim_rule *rules,
                                        agentos_error *err)
{
    const struct issuer_options *from = build->from;

    ensure(from->equal_claim_count == 0 || from->equal_claims != NULL);
    for (size_t i = 0; i < from->equal_claim_count; i++) {
        const struct claim_demand *equal = &from->equal_claims[i];

        TRY(read_path(build, "equal_claims", equal->claim, &rules[i].path, err));
        rules[i].values = arena_copy_texts(build->arena, equal->values, equal->count);
        rules[i].count = equal->count;
    }
    return AGENTOS_OK;
}

/* Compiles required_claims and equal_claims to one list of rules. */
static agentos_status read_claim_rules(const struct issuer_build *build, struct demands *out,
                                       agentos_error *err)
{
    size_t required_count = build->from->required_claim_count;
    size_t count = required_count + build->from->equal_claim_count;
    struct claim_rule *rules = arena_array(build->arena, count, sizeof(*rules));

    TRY(read_required_claims(build, rules, err));
    TRY(read_equal_claims(build, rules + required_count, err));
    out->rules = rules;
    out->rule_count = count;
    return AGENTOS_OK;
}

/* Sets the accepted types, the maximum lifetime and the claim rules of a listed issuer. */
static agentos_status read_demands(const struct issuer_build *build, struct issuer *out,
                                   agentos_error *err)
{
    const struct issuer_options *from = build->from;

    ensure(!from->is_plain);
    ensure(from->max_lifetime_s > 0 && from->leeway_s >= 0);
    out->demands = (struct demands){
        .types = arena_copy_texts(build->arena, from->types, from->type_count),
        .type_count = from->type_count,
        .max_lifetime_s = from->max_lifetime_s,
        .leeway_s = from->leeway_s,
    };
    TRY(read_claim_rules(build, &out->demands, err));
    out->verifier.demands = &out->demands;
    return AGENTOS_OK;
}

/* ---- ceiling ---- */

/* Validates the grants and copies them to `grants`, which holds grant_count. */
static agentos_status copy_grants(const struct issuer_build *build, str *grants, agentos_error *err)
{
    const struct issuer_options *from = build->from;
    struct scope parsed; /* discarded */

    ensure(from->grant_count == 0 || from->grants != NULL);
    for (size_t i = 0; i < from->grant_count; i++) {
        grants[i] = str_of(arena_copy_text(build->arena, from->grants[i]));
        if (!scope_parse(grants[i], &parsed))
            return fail_about(err, AGENTOS_INVALID, "%s.grants",
                              QUOTED " is not a scope such as agents:read or agents:*", from->name,
                              QUOTE(grants[i]));
    }
    return AGENTOS_OK;
}

/* Sets the ceiling to the grants. Without the option, it removes only the privileged scopes. */
static agentos_status read_ceiling(const struct issuer_build *build, struct issuer *out,
                                   agentos_error *err)
{
    const struct issuer_options *from = build->from;
    str *grants = arena_array(build->arena, from->grant_count, sizeof(*grants));

    ensure(build->admin_scope != NULL);
    TRY(copy_grants(build, grants, err));
    out->ceiling = (struct ceiling){
        .has_grants = from->has_grants,
        .grants = grants,
        .count = from->grant_count,
        .admin_scope = build->admin_scope,
    };
    out->verifier.ceiling = &out->ceiling;
    return AGENTOS_OK;
}

/* Compiles everything but the keys. The caller must call issuer_clear even on failure. */
agentos_status issuer_read_rules(const struct issuer_build *build, struct issuer *out,
                                 agentos_error *err)
{
    const struct issuer_options *from = build->from;

    ensure(out->verifier.keys.alg_count > 0); /* set by issuer_read_keys */
    ensure(from->leeway_s >= 0);              /* set by preset_expand */
    out->verifier.preset = from->preset;
    if (from->leeway_s > LEEWAY_MAX_S)
        return fail_about(err, AGENTOS_INVALID, "%s.leeway", "must be at most %d seconds",
                          from->name, LEEWAY_MAX_S);
    TRY(read_checks(build, &out->verifier.checks, err));
    TRY(read_principal_rules(build, &out->verifier.rules, err));
    TRY(read_roles(build, &out->verifier.roles, err));
    if (from->is_plain)
        return AGENTOS_OK;
    TRY(read_demands(build, out, err));
    TRY(read_ceiling(build, out, err));
    ensure(out->verifier.demands != NULL && out->verifier.ceiling != NULL);
    return AGENTOS_OK;
}
