/* Applies an issuer's ceiling (the most that its tokens can confer) to a principal (the caller). A
 * ceiling removes scopes and never adds any. */
#include "auth/scope/ceiling.h"

#include "auth/scope/scope.h"
#include "base/ensure.h"
#include "base/mem.h"

/* The resources whose scopes give power over other callers. An issuer confers such a scope only if
 * its grants list it. */
static const str guarded[] = { STR_INIT("authz"), STR_INIT("service_accounts") };

static bool is_guarded(const struct scope *scope)
{
    for (size_t i = 0; i < COUNT(guarded); i++)
        if (str_equal(scope->resource, guarded[i]))
            return true;
    return false;
}

/* Returns whether the grant covers this scope. "agents:*" covers every action, and "agents:run"
 * also covers running a single agent. */
static bool grant_covers(str grant, const struct scope *held)
{
    struct scope parsed;

    ensure(held->resource.len > 0 && held->action.len > 0);
    if (!scope_parse(grant, &parsed))
        return false;
    if (!str_equal(parsed.resource, held->resource))
        return false;
    if (!str_equal(parsed.action, STR("*")) && !str_equal(parsed.action, held->action))
        return false;
    if (parsed.id.len == 0 || str_equal(parsed.id, STR("*")))
        return true;
    return str_equal(parsed.id, held->id);
}

/* Returns whether the principal may keep this scope. A text that is not a scope may stay, since it
 * grants nothing. */
bool ceiling_allows(const struct ceiling *ceiling, str text)
{
    struct scope held;

    ensure(ceiling->admin_scope != NULL);
    ensure(ceiling->count == 0 || ceiling->grants != NULL);
    if (str_equal(text, str_of(ceiling->admin_scope)))
        return str_is_among(text, ceiling->grants, ceiling->count);
    if (!scope_parse(text, &held))
        return true;
    if (!ceiling->has_grants)
        return !is_guarded(&held);
    for (size_t i = 0; i < ceiling->count; i++)
        if (grant_covers(ceiling->grants[i], &held))
            return true;
    return false;
}

/* Returns whether the principal may keep all of its scopes. */
static bool has_all_within(const struct ceiling *ceiling, const struct principal *who)
{
    for (size_t i = 0; i < who->scope_count; i++)
        if (!ceiling_allows(ceiling, who->scopes[i]))
            return false;
    return true;
}

/* Writes those scopes of the principal that are within the ceiling to *scopes, which has room for
 * all of them. Explains why each other scope is left out. Returns the number of scopes written. */
static size_t copy_scopes_within(const struct ceiling *ceiling, const struct principal *who,
                                 str *scopes, struct explanation *why)
{
    size_t count = 0;

    ensure(who->scope_count == 0 || who->scopes != NULL);
    for (size_t i = 0; i < who->scope_count; i++) {
        if (ceiling_allows(ceiling, who->scopes[i]))
            scopes[count++] = who->scopes[i];
        else
            explain_each(why, "ceiling", false, QUOTED " is not among the issuer's grants",
                         QUOTE(who->scopes[i]));
    }
    return count;
}

/* Returns the principal itself if all of its scopes are within the ceiling. Otherwise returns a
 * copy, in the arena, that holds only the scopes within the ceiling. */
const struct principal *ceiling_apply(const struct ceiling *ceiling, const struct principal *who,
                                      arena *a, struct explanation *why)
{
    if (has_all_within(ceiling, who))
        return who;

    struct principal *lower = arena_alloc(a, sizeof(*lower));
    str *scopes = arena_array(a, who->scope_count, sizeof(*scopes));

    if (why != NULL)
        why->is_capped = true;
    *lower = *who;
    lower->scopes = scopes;
    lower->scope_count = copy_scopes_within(ceiling, who, scopes, why);
    ensure(lower->scope_count < who->scope_count);
    principal_give(lower, a, scopes, lower->scope_count);
    lower->is_admin =
        !who->is_unverified && principal_holds_text(lower, str_of(ceiling->admin_scope));
    return lower;
}
