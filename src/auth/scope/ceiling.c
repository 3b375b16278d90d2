/* Limits a principal to the scopes that its issuer may confer. */
#include "auth/scope/ceiling.h"

#include "auth/scope/scope.h"
#include "base/ensure.h"
#include "base/mem.h"

/* Resources with power over other callers. An issuer must list their scopes to confer them. */
static const str privileged[] = { STR_INIT("authz"), STR_INIT("service_accounts") };

static bool is_privileged(const struct scope *scope)
{
    for (size_t i = 0; i < COUNT(privileged); i++)
        if (str_equal(scope->resource, privileged[i]))
            return true;
    return false;
}

/* Returns whether the grant covers this scope, as "agents:*" covers "agents:run". */
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

/* Returns whether the issuer may confer this scope. Invalid scopes pass: they grant nothing. */
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
        return !is_privileged(&held);
    for (size_t i = 0; i < ceiling->count; i++)
        if (grant_covers(ceiling->grants[i], &held))
            return true;
    return false;
}

/* Returns whether the issuer may confer all scopes of the principal. */
static bool allows_all(const struct ceiling *ceiling, const struct principal *who)
{
    for (size_t i = 0; i < who->scope_count; i++)
        if (!ceiling_allows(ceiling, who->scopes[i]))
            return false;
    return true;
}

/* Copies the allowed scopes to `scopes`, which holds who->scope_count, and explains the others. */
static size_t copy_allowed_scopes(const struct ceiling *ceiling, const struct principal *who,
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

/* Returns the principal, or a copy with only the allowed scopes if any exceeds the ceiling. */
const struct principal *ceiling_apply(const struct ceiling *ceiling, const struct principal *who,
                                      arena *a, struct explanation *why)
{
    if (allows_all(ceiling, who))
        return who;

    struct principal *limited = arena_alloc(a, sizeof(*limited));
    str *scopes = arena_array(a, who->scope_count, sizeof(*scopes));

    if (why != NULL)
        why->is_capped = true;
    *limited = *who;
    limited->scopes = scopes;
    limited->scope_count = copy_allowed_scopes(ceiling, who, scopes, why);
    ensure(limited->scope_count < who->scope_count);
    principal_set_scopes(limited, a, scopes, limited->scope_count);
    limited->is_admin =
        !who->is_unverified && principal_holds_text(limited, str_of(ceiling->admin_scope));
    return limited;
}
