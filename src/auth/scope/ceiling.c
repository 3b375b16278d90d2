/* Applies an issuer's ceiling (the most that its tokens can confer) to a principal (the caller). A
 * ceiling removes scopes and never adds any. */
#include "auth/scope/ceiling.h"

#include "auth/scope/scope.h"
#include "base/ensure.h"
#include "base/mem.h"

/* The resources whose scopes let a caller decide over others: an issuer confers them only if its
 * grants list them. */
static const str guarded[] = { STR_INIT("authz"), STR_INIT("service_accounts") };

static bool is_guarded(const struct scope *scope)
{
    for (size_t i = 0; i < COUNT(guarded); i++)
        if (str_equal(scope->resource, guarded[i]))
            return true;
    return false;
}

/* Does the grant cover this scope? "agents:*" covers every action, and "agents:run" also that on
 * single agents. */
static bool grant_covers(str grant, const struct scope *held)
{
    struct scope parsed;

    if (!scope_parse(grant, &parsed))
        return false;
    if (str_equal(parsed.action, STR("*")))
        parsed.action = held->action;
    bool is_single = parsed.id.len > 0 && !str_equal(parsed.id, STR("*"));
    return str_equal(parsed.resource, held->resource) && str_equal(parsed.action, held->action) &&
           (!is_single || str_equal(parsed.id, held->id));
}

/* Does a scope stay with the principal? So does a text that is not a scope, which grants nothing.
 */
static bool is_within(const struct ceiling *ceiling, str text)
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

static size_t count_within(const struct ceiling *ceiling, const struct principal *who)
{
    size_t count = 0;

    for (size_t i = 0; i < who->scope_count; i++)
        count += is_within(ceiling, who->scopes[i]);
    return count;
}

const struct principal *ceiling_apply(const struct ceiling *ceiling, const struct principal *who,
                                      arena *a, struct explanation *why)
{
    if (count_within(ceiling, who) == who->scope_count)
        return who;

    struct principal *lower = arena_alloc(a, sizeof(*lower));
    str *scopes = arena_alloc(a, who->scope_count * sizeof(*scopes));

    if (why != NULL)
        why->is_capped = true;
    *lower = *who;
    lower->scopes = scopes;
    lower->scope_count = 0;
    for (size_t i = 0; i < who->scope_count; i++) {
        if (is_within(ceiling, who->scopes[i]))
            scopes[lower->scope_count++] = who->scopes[i];
        else
            explain_each(why, "ceiling", false, QUOTED " is not among the issuer's grants",
                         QUOTE(who->scopes[i]));
    }
    ensure(lower->scope_count < who->scope_count);
    principal_give(lower, a, scopes, lower->scope_count);
    lower->is_admin =
        !who->is_unverified && principal_holds_text(lower, str_of(ceiling->admin_scope));
    return lower;
}
