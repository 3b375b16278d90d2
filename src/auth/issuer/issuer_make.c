/* Compiles the rules of one issuer from its options: the checks that its tokens must pass, the
 * claims to read, and the scopes that its tokens can confer at most (the ceiling). issuer_keys.c
 * reads its keys. */
#include "auth/issuer/issuer_make.h"

#include "auth/scope/scope.h"
#include "base/ensure.h"
#include "base/limits.h"
#include "base/mem.h"

enum { LEEWAY_MOST_S = 300 };

/* ---- claims ---- */

/* Claims that Supabase and Clerk let users write about themselves (docs/design/security.md 4). */
static bool is_written_by_users(const struct claim_path *path)
{
    static const char *const names[] = { "user_metadata", "unsafe_metadata", "raw_user_meta_data" };

    for (size_t i = 0; i < path->count; i++)
        for (size_t j = 0; j < COUNT(names); j++)
            if (strcmp(path->names[i], names[j]) == 0)
                return true;
    return false;
}

/* The claim path that the option `key` names. The plain block may name a claim that users write, as
 * the contract lets it. */
static agentos_status read_path(const struct issuer_making *making, const char *key,
                                const char *text, struct claim_path *out, agentos_error *err)
{
    const char *name = making->from->name;
    agentos_error reason;

    if (claim_path_parse(making->arena, str_of(text), out, &reason) != AGENTOS_OK)
        return fail_about(err, AGENTOS_INVALID, "%s.%s", "%s", name, key, reason.message);
    if (!making->from->is_plain && is_written_by_users(out))
        return fail_about(err, AGENTOS_INVALID, "%s.%s",
                          QUOTED " is written by the user himself; use a claim that only the "
                                 "provider writes, such as app_metadata",
                          name, key, QUOTE(str_of(text)));
    return AGENTOS_OK;
}

/* A row for each option that names claims: the rule it fills in. */
struct claim_option {
    const char *key;
    struct claim_names names;
    struct claim_list *out;
};

static agentos_status read_claim_option(const struct issuer_making *making,
                                        const struct claim_option *option, agentos_error *err)
{
    size_t count = option->names.count;
    struct claim_path *paths = arena_alloc(making->arena, (count + 1) * sizeof(*paths));

    ensure(count == 0 || option->names.all != NULL);
    if (count > CLAIMS_MAX)
        return fail_about(err, AGENTOS_INVALID, "%s.%s", "more than %d claims", making->from->name,
                          option->key, CLAIMS_MAX);
    for (size_t i = 0; i < count; i++)
        TRY(read_path(making, option->key, option->names.all[i], &paths[i], err));
    *option->out = (struct claim_list){ paths, count };
    return AGENTOS_OK;
}

/* The list of this one claim; NULL: of none. */
static struct claim_names names_of(const char *const *claim)
{
    return (struct claim_names){ claim, *claim != NULL };
}

/* Which claims are read for what. */
static agentos_status read_claims(const struct issuer_making *making, struct principal_rules *rules,
                                  agentos_error *err)
{
    const struct issuer_options *from = making->from;
    // clang-format off
    const struct claim_option options[] = {
        { "scopes_claim",         from->scopes_claim,                &rules->scopes },
        { "scopes_claim",         names_of(&from->narrowing_claim),  &rules->shape.narrowing },
        { "user_id_claim",        names_of(&from->user_id_claim),    &rules->user_id },
        { "session_id_claim",     names_of(&from->session_id_claim), &rules->session_id },
        { "roles_claim",          from->roles_claim,                 &rules->roles },
        { "tenant_claim",         names_of(&from->tenant_claim),     &rules->tenant },
        { "dependencies_claims",  from->dependencies_claims,         &rules->dependencies },
        { "session_state_claims", from->session_state_claims,        &rules->session_state },
    };
    // clang-format on

    ensure(from->user_id_claim != NULL); /* the preset names one */
    for (size_t i = 0; i < COUNT(options); i++)
        TRY(read_claim_option(making, &options[i], err));
    return AGENTOS_OK;
}

/* What claims mean, and the roles they may name. */
static agentos_status read_principal_rules(const struct issuer_making *making, struct verifier *out,
                                           agentos_error *err)
{
    const struct issuer_options *from = making->from;
    const struct role_options roles = { arena_printf(making->arena, "%s.roles", from->name),
                                        from->roles, from->role_count, making->admin_scope };

    ensure(from->is_plain || !from->unscoped);
    ensure(making->admin_scope != NULL);
    out->rules = (struct principal_rules){
        .admin_scope = making->admin_scope,
        .unscoped = from->unscoped,
        .leeway_s = from->leeway_s,
        .keeps_issuer = !from->is_plain,
        .shape = { .prefix = arena_copy_text(making->arena, from->scope_prefix),
                   .packs_permissions = from->packs_permissions },
        .scope_strings = from->scope_strings,
    };
    TRY(read_claims(making, &out->rules, err));
    return role_table_read(&roles, making->arena, &out->roles, err);
}

/* ---- checks and demands ---- */

/* An audience claim of "-": the key set is the audience's own, so a signature by one of its keys
 * says for whom the token is. */
static agentos_status read_checks(const struct issuer_making *making, struct jwt_checks *out,
                                  agentos_error *err)
{
    const struct issuer_options *from = making->from;
    bool is_in_token = strcmp(from->audience_claim, "-") != 0 || from->is_plain;

    ensure(from->is_plain || (from->issuer != NULL && from->audience_count > 0));
    *out = (struct jwt_checks){
        .issuer = arena_copy_text(making->arena, from->issuer),
        .audiences = arena_copy_texts(making->arena, from->audiences, from->audience_count),
        .audience_count = is_in_token ? from->audience_count : 0,
        .require_exp = !from->is_plain,
        .leeway_s = from->leeway_s,
    };
    return is_in_token ? read_path(making, "audience_claim", from->audience_claim,
                                   &out->audience_claim, err)
                       : AGENTOS_OK;
}

/* Each required claim is a rule without values, each equal one a rule with some. */
static agentos_status read_claim_rules(const struct issuer_making *making, struct demands *out,
                                       agentos_error *err)
{
    const struct issuer_options *from = making->from;
    size_t count = from->required_claim_count + from->equal_claim_count;
    struct claim_rule *rules = arena_alloc(making->arena, (count + 1) * sizeof(*rules));

    for (size_t i = 0; i < from->required_claim_count; i++)
        TRY(read_path(making, "required_claims", from->required_claims[i], &rules[i].path, err));
    for (size_t i = 0; i < from->equal_claim_count; i++) {
        const struct claim_demand *equal = &from->equal_claims[i];
        struct claim_rule *rule = &rules[from->required_claim_count + i];

        TRY(read_path(making, "equal_claims", equal->claim, &rule->path, err));
        rule->values = arena_copy_texts(making->arena, equal->values, equal->count);
        rule->count = equal->count;
    }
    out->rules = rules;
    out->rule_count = count;
    return AGENTOS_OK;
}

/* Types, lifetime and claims, beyond what every token must be. */
static agentos_status read_demands(const struct issuer_making *making, struct issuer *out,
                                   agentos_error *err)
{
    const struct issuer_options *from = making->from;

    out->demands = (struct demands){
        .types = arena_copy_texts(making->arena, from->types, from->type_count),
        .type_count = from->type_count,
        .max_lifetime_s = from->max_lifetime_s,
        .leeway_s = from->leeway_s,
    };
    TRY(read_claim_rules(making, &out->demands, err));
    out->verifier.demands = &out->demands;
    return AGENTOS_OK;
}

/* ---- the most they confer ---- */

/* The grants, each in the form of a scope; without any list the ceiling takes only admin scopes. */
static agentos_status read_ceiling(const struct issuer_making *making, struct issuer *out,
                                   agentos_error *err)
{
    const struct issuer_options *from = making->from;
    str *grants = arena_alloc(making->arena, (from->grant_count + 1) * sizeof(*grants));
    struct scope parsed;

    for (size_t i = 0; i < from->grant_count; i++) {
        grants[i] = str_of(arena_copy_text(making->arena, from->grants[i]));
        if (!scope_parse(grants[i], &parsed))
            return fail_about(err, AGENTOS_INVALID, "%s.grants",
                              QUOTED " is no scope such as "
                                     "agents:read or agents:*",
                              from->name, QUOTE(grants[i]));
    }
    out->ceiling =
        (struct ceiling){ from->has_grants, grants, from->grant_count, making->admin_scope };
    out->verifier.ceiling = &out->ceiling;
    return AGENTOS_OK;
}

agentos_status issuer_read_rules(const struct issuer_making *making, struct issuer *out,
                                 agentos_error *err)
{
    const struct issuer_options *from = making->from;

    ensure(out->verifier.keys.alg_count > 0); /* issuer_read_keys has succeeded */
    out->verifier.preset = making->from->preset;
    ensure(from->leeway_s >= 0);
    if (from->leeway_s > LEEWAY_MOST_S)
        return fail_about(err, AGENTOS_INVALID, "%s.leeway", "more than 300 seconds", from->name);
    TRY(read_checks(making, &out->verifier.checks, err));
    TRY(read_principal_rules(making, &out->verifier, err));
    if (from->is_plain)
        return AGENTOS_OK;
    TRY(read_demands(making, out, err));
    TRY(read_ceiling(making, out, err));
    ensure(out->verifier.demands != NULL && out->verifier.ceiling != NULL);
    return AGENTOS_OK;
}
