/* Takes away, and never adds. */
#include "auth/scope/ceiling.h"

#include "auth/scope/scope.h"
#include "base/mem.h"

/* Who holds these decides over others: an issuer confers them only when that is said. */
static const str guarded[] = { STR_INIT("authz"), STR_INIT("service_accounts") };

static bool is_guarded(const struct scope *scope)
{
    for (size_t i = 0; i < COUNT(guarded); i++)
        if (str_equal(scope->resource, guarded[i]))
            return true;
    return false;
}

/* "agents:*" grants every action, "agents:run" also that on single agents. */
static bool grants(str grant, const struct scope *held)
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

static bool is_under(const struct ceiling *ceiling, str text)
{
    struct scope held;

    if (str_equal(text, str_of(ceiling->admin_scope)))
        return str_is_among(text, ceiling->grants, ceiling->count);
    if (!scope_parse(text, &held))
        return true; /* it is none, and grants nothing */
    if (!ceiling->has_grants)
        return !is_guarded(&held);
    for (size_t i = 0; i < ceiling->count; i++)
        if (grants(ceiling->grants[i], &held))
            return true;
    return false;
}

static size_t count_under(const struct ceiling *ceiling, const struct principal *who)
{
    size_t count = 0;

    for (size_t i = 0; i < who->scope_count; i++)
        count += is_under(ceiling, who->scopes[i]);
    return count;
}

const struct principal *ceiling_apply(const struct ceiling *ceiling, const struct principal *who,
                                      arena *a, struct explanation *why)
{
    if (count_under(ceiling, who) == who->scope_count)
        return who;

    struct principal *lower = arena_alloc(a, sizeof(*lower));
    str *scopes = arena_alloc(a, who->scope_count * sizeof(*scopes));

    if (why != NULL)
        why->is_capped = true;
    *lower = *who;
    lower->scopes = scopes;
    lower->scope_count = 0;
    for (size_t i = 0; i < who->scope_count; i++) {
        if (is_under(ceiling, who->scopes[i]))
            scopes[lower->scope_count++] = who->scopes[i];
        else
            explain_each(why, "ceiling", false, QUOTED " is not among the issuer's grants",
                         QUOTE(who->scopes[i]));
    }
    principal_give(lower, a, scopes, lower->scope_count);
    lower->is_admin =
        !who->is_unverified && principal_holds_text(lower, str_of(ceiling->admin_scope));
    return lower;
}
