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

/* Returns true if the claim is one that Supabase or Clerk let users write about themselves
 * (docs/design/security.md 4). */
static bool is_user_metadata(const char *claim)
{
    static const char *const names[] = { "user_metadata", "unsafe_metadata", "raw_user_meta_data" };

    for (size_t i = 0; i < COUNT(names); i++)
        if (strcmp(claim, names[i]) == 0)
            return true;
    return false;
}

/* Returns true if any step of the path is a claim that users can write about themselves. */
static bool is_written_by_users(const struct claim_path *path)
{
    for (size_t i = 0; i < path->count; i++)
        if (is_user_metadata(path->names[i]))
            return true;
    return false;
}

/* Parses the text of an option as a claim path into *out. A path that users can write is refused,
 * except in the plain block, for compatibility. The option is named `key` in the error. */
static agentos_status read_path(const struct issuer_making *making, const char *key,
                                const char *text, struct claim_path *out, agentos_error *err)
{
    const char *name = making->from->name;
    agentos_error reason;

    if (claim_path_parse(making->arena, str_of(text), out, &reason) != AGENTOS_OK)
        return fail_about(err, AGENTOS_INVALID, "%s.%s", "%s", name, key, reason.message);
    if (!making->from->is_plain && is_written_by_users(out))
        return fail_about(err, AGENTOS_INVALID, "%s.%s",
                          QUOTED " is written by the users themselves; use a claim that only the "
                                 "provider writes, such as app_metadata",
                          name, key, QUOTE(str_of(text)));
    return AGENTOS_OK;
}

/* An option that names claims. */
struct claim_option {
    const char *key;          /* the option's name, for errors */
    struct claim_names names; /* the option's value */
    struct claim_list *out;   /* where the parsed claim paths are stored */
};

/* Parses the claims of one option and stores their paths, allocated in the arena, in *option->out.
 * If this fails, *option->out is not changed. */
static agentos_status read_claim_option(const struct issuer_making *making,
                                        const struct claim_option *option, agentos_error *err)
{
    size_t count = option->names.count;

    ensure(count == 0 || option->names.all != NULL);
    if (count > CLAIMS_MAX)
        return fail_about(err, AGENTOS_INVALID, "%s.%s", "more than %d claims", making->from->name,
                          option->key, CLAIMS_MAX);
    struct claim_path *paths = arena_array(making->arena, count, sizeof(*paths));
    for (size_t i = 0; i < count; i++)
        TRY(read_path(making, option->key, option->names.all[i], &paths[i], err));
    *option->out = (struct claim_list){ paths, count };
    return AGENTOS_OK;
}

/* Returns a list of the one claim that *claim names, or an empty list if *claim is NULL. The list
 * borrows the pointer. */
static struct claim_names list_of_one(const char *const *claim)
{
    struct claim_names names = { .all = claim, .count = 1 };

    if (*claim == NULL)
        names.count = 0;
    return names;
}

/* Parses the options that name claims and stores their paths in the rules. Stops at the first
 * option that is invalid. */
static agentos_status read_claims(const struct issuer_making *making, struct principal_rules *rules,
                                  agentos_error *err)
{
    const struct issuer_options *from = making->from;
    // clang-format off
    const struct claim_option options[] = {
        { "scopes_claim",         from->scopes_claim,                &rules->scopes },
        { "scopes_claim",         list_of_one(&from->narrowing_claim),  &rules->shape.narrowing },
        { "user_id_claim",        list_of_one(&from->user_id_claim),    &rules->user_id },
        { "session_id_claim",     list_of_one(&from->session_id_claim), &rules->session_id },
        { "roles_claim",          from->roles_claim,                 &rules->roles },
        { "tenant_claim",         list_of_one(&from->tenant_claim),     &rules->tenant },
        { "dependencies_claims",  from->dependencies_claims,         &rules->dependencies },
        { "session_state_claims", from->session_state_claims,        &rules->session_state },
    };
    // clang-format on

    ensure(from->user_id_claim != NULL); /* the preset names one */
    for (size_t i = 0; i < COUNT(options); i++)
        TRY(read_claim_option(making, &options[i], err));
    return AGENTOS_OK;
}

/* Reads the table of the roles that tokens of this issuer may name. */
static agentos_status read_roles(const struct issuer_making *making, struct role_table *out,
                                 agentos_error *err)
{
    const struct issuer_options *from = making->from;
    const struct role_options roles = {
        .name = arena_printf(making->arena, "%s.roles", from->name),
        .all = from->roles,
        .count = from->role_count,
        .admin_scope = making->admin_scope,
    };

    return role_table_read(&roles, making->arena, out, err);
}

/* Sets the rules that turn a token's claims into a principal (the caller's identity and scopes). */
static agentos_status read_principal_rules(const struct issuer_making *making,
                                           struct principal_rules *out, agentos_error *err)
{
    const struct issuer_options *from = making->from;

    ensure(making->admin_scope != NULL);
    ensure(from->is_plain || !from->unscoped); /* a listed issuer always demands scopes */
    *out = (struct principal_rules){
        .admin_scope = making->admin_scope,
        .unscoped = from->unscoped,
        .leeway_s = from->leeway_s,
        .keeps_issuer = !from->is_plain,
        .shape = { .prefix = arena_copy_text(making->arena, from->scope_prefix),
                   .packs_permissions = from->packs_permissions },
        .scope_strings = from->scope_strings,
    };
    return read_claims(making, out, err);
}

/* ---- checks and demands ---- */

/* Returns true if tokens of this issuer name their audience in a claim. The audience_claim "-"
 * means that they do not: the key set belongs to one audience, so a signature by one of its keys
 * already proves for whom the token is. The plain block has no such meaning of "-". */
static bool tokens_name_audience(const struct issuer_options *from)
{
    return from->is_plain || strcmp(from->audience_claim, "-") != 0;
}

/* Sets the checks of the registered claims (iss, aud, exp) that every token must pass. The texts
 * are copied to the arena. */
static agentos_status read_checks(const struct issuer_making *making, struct jwt_checks *out,
                                  agentos_error *err)
{
    const struct issuer_options *from = making->from;

    ensure(from->audience_claim != NULL); /* the preset names one */
    ensure(from->is_plain || (from->issuer != NULL && from->audience_count > 0));
    *out = (struct jwt_checks){
        .issuer = arena_copy_text(making->arena, from->issuer),
        .require_exp = !from->is_plain,
        .leeway_s = from->leeway_s,
    };
    if (!tokens_name_audience(from))
        return AGENTOS_OK;
    out->audiences = arena_copy_texts(making->arena, from->audiences, from->audience_count);
    out->audience_count = from->audience_count;
    return read_path(making, "audience_claim", from->audience_claim, &out->audience_claim, err);
}

/* Compiles the option required_claims to rules without values, which demand that a claim is
 * present. Writes one rule for each claim of the option to rules, which is zeroed. */
static agentos_status read_required_claims(const struct issuer_making *making,
                                           struct claim_rule *rules, agentos_error *err)
{
    const struct issuer_options *from = making->from;

    ensure(from->required_claim_count == 0 || from->required_claims != NULL);
    for (size_t i = 0; i < from->required_claim_count; i++)
        TRY(read_path(making, "required_claims", from->required_claims[i], &rules[i].path, err));
    return AGENTOS_OK;
}

/* Compiles the option equal_claims to rules with values, which demand that a claim equals one of
 * them. Writes one rule for each claim of the option to rules. */
static agentos_status read_equal_claims(const struct issuer_making *making,
                                        struct claim_rule *rules, agentos_error *err)
{
    const struct issuer_options *from = making->from;

    ensure(from->equal_claim_count == 0 || from->equal_claims != NULL);
    for (size_t i = 0; i < from->equal_claim_count; i++) {
        const struct claim_demand *equal = &from->equal_claims[i];

        TRY(read_path(making, "equal_claims", equal->claim, &rules[i].path, err));
        rules[i].values = arena_copy_texts(making->arena, equal->values, equal->count);
        rules[i].count = equal->count;
    }
    return AGENTOS_OK;
}

/* Compiles the options required_claims and equal_claims to one list of rules in the arena. */
static agentos_status read_claim_rules(const struct issuer_making *making, struct demands *out,
                                       agentos_error *err)
{
    size_t required_count = making->from->required_claim_count;
    size_t count = required_count + making->from->equal_claim_count;
    struct claim_rule *rules = arena_array(making->arena, count, sizeof(*rules));

    TRY(read_required_claims(making, rules, err));
    TRY(read_equal_claims(making, rules + required_count, err));
    out->rules = rules;
    out->rule_count = count;
    return AGENTOS_OK;
}

/* Sets the demands on tokens of a listed issuer beyond the checks: the accepted types, the longest
 * lifetime, and the claim rules. The verifier points to the demands of *out, so *out must not be
 * moved. */
static agentos_status read_demands(const struct issuer_making *making, struct issuer *out,
                                   agentos_error *err)
{
    const struct issuer_options *from = making->from;

    ensure(!from->is_plain);
    ensure(from->max_lifetime_s > 0 && from->leeway_s >= 0);
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

/* Copies the scopes of the option grants to *grants, which has room for them. Returns INVALID if
 * one of them is not a scope. */
static agentos_status copy_grants(const struct issuer_making *making, str *grants,
                                  agentos_error *err)
{
    const struct issuer_options *from = making->from;
    struct scope parsed; /* only to see whether the text can be parsed */

    ensure(from->grant_count == 0 || from->grants != NULL);
    for (size_t i = 0; i < from->grant_count; i++) {
        grants[i] = str_of(arena_copy_text(making->arena, from->grants[i]));
        if (!scope_parse(grants[i], &parsed))
            return fail_about(err, AGENTOS_INVALID, "%s.grants",
                              QUOTED " is not a scope such as agents:read or agents:*", from->name,
                              QUOTE(grants[i]));
    }
    return AGENTOS_OK;
}

/* Sets the ceiling, which is the most that tokens of this issuer can confer, to the scopes of the
 * option grants. If the option is absent, the ceiling removes only admin scopes. The verifier
 * points to the ceiling of *out, so *out must not be moved. */
static agentos_status read_ceiling(const struct issuer_making *making, struct issuer *out,
                                   agentos_error *err)
{
    const struct issuer_options *from = making->from;
    str *grants = arena_array(making->arena, from->grant_count, sizeof(*grants));

    ensure(making->admin_scope != NULL);
    TRY(copy_grants(making, grants, err));
    out->ceiling = (struct ceiling){
        .has_grants = from->has_grants,
        .grants = grants,
        .count = from->grant_count,
        .admin_scope = making->admin_scope,
    };
    out->verifier.ceiling = &out->ceiling;
    return AGENTOS_OK;
}

/* Sets the rules of an issuer whose keys have been read by issuer_read_keys. The plain block has
 * neither demands nor a ceiling. If this fails, *out may be partly filled, and the caller must
 * still call issuer_clear. */
agentos_status issuer_read_rules(const struct issuer_making *making, struct issuer *out,
                                 agentos_error *err)
{
    const struct issuer_options *from = making->from;

    ensure(out->verifier.keys.alg_count > 0); /* issuer_read_keys has succeeded */
    ensure(from->leeway_s >= 0);              /* preset_expand has set the default */
    out->verifier.preset = from->preset;
    if (from->leeway_s > LEEWAY_MOST_S)
        return fail_about(err, AGENTOS_INVALID, "%s.leeway", "more than 300 seconds", from->name);
    TRY(read_checks(making, &out->verifier.checks, err));
    TRY(read_principal_rules(making, &out->verifier.rules, err));
    TRY(read_roles(making, &out->verifier.roles, err));
    if (from->is_plain)
        return AGENTOS_OK;
    TRY(read_demands(making, out, err));
    TRY(read_ceiling(making, out, err));
    ensure(out->verifier.demands != NULL && out->verifier.ceiling != NULL);
    return AGENTOS_OK;
}
