/* Checks a scope before it is granted to a service account. */
#include "auth/scope/grant.h"

#include "auth/scope/access.h"
#include "base/ensure.h"
#include "base/limits.h"
#include "base/mem.h"

/* The list in docs/design/contract.md §6, and authz, whose scopes reveal the actions of every
 * caller. */
static const str privileged_actions[] = { STR_INIT("write"), STR_INIT("delete"), STR_INIT("admin"),
                                          STR_INIT("revoke") };
static const str privileged_resources[] = { STR_INIT("service_accounts"), STR_INIT("authz") };

/* Returns whether the text has a valid length and no separator or control character. */
static bool is_valid_text(str text)
{
    if (text.len == 0 || text.len > SCOPE_MAX_BYTES)
        return false;
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] <= ' ' || text.ptr[i] == 0x7f || text.ptr[i] == ',')
            return false;
    return true;
}

/* Returns whether the scope can be granted at all. */
bool grant_is_scope(str scope, const char *admin_scope)
{
    struct scope parsed;

    if (str_equal(scope, str_of(admin_scope)))
        return true;
    return is_valid_text(scope) && scope_parse(scope, &parsed);
}

/* Returns whether granting the scope requires confirmation. */
bool grant_is_privileged(str scope, const char *admin_scope)
{
    struct scope parsed;

    if (str_equal(scope, str_of(admin_scope)) || !scope_parse(scope, &parsed))
        return true;
    return str_is_among(parsed.action, privileged_actions, COUNT(privileged_actions)) ||
           str_is_among(parsed.resource, privileged_resources, COUNT(privileged_resources));
}

/* Returns whether the granter may grant the admin scope. */
static bool may_grant_admin(const struct granter *granter)
{
    const struct principal *who = granter->principal;

    if (who->kind <= PRINCIPAL_ANONYMOUS)
        return false;
    if (who->is_admin)
        return true;
    return who->unscoped && !granter->is_pinned && !who->is_unverified;
}

/* Returns whether the granter holds the scope. */
bool grant_is_held(const struct granter *granter, const char *scope)
{
    ensure(granter->principal != NULL && scope != NULL);
    ensure(granter->admin_scope != NULL && granter->admin_scope[0] != '\0');
    if (str_equal(str_of(scope), str_of(granter->admin_scope)))
        return may_grant_admin(granter);
    return access_may_see(granter->principal, scope, STR(""));
}
