/* Checks a scope before it is granted to a service account: whether it is valid, whether it is
 * privileged, and whether the granter holds it. The route's own scope decides whether the caller
 * may grant scopes at all. */
#include "auth/scope/grant.h"

#include "auth/scope/access.h"
#include "base/ensure.h"
#include "base/limits.h"
#include "base/mem.h"

/* As in docs/design/contract.md §6; and authz, which agno lacks: it shows what everybody did. */
static const str privileged_actions[] = { STR_INIT("write"), STR_INIT("delete"), STR_INIT("admin"),
                                          STR_INIT("revoke") };
static const str privileged_resources[] = { STR_INIT("service_accounts"), STR_INIT("authz") };

/* Free of blanks and commas, which separate scopes where they are shown and sent, and of control
 * characters? */
static bool is_plain(str text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] <= ' ' || text.ptr[i] == 0x7f || text.ptr[i] == ',')
            return false;
    return text.len > 0 && text.len <= SCOPE_MAX_BYTES;
}

bool grant_is_scope(str scope, const char *admin_scope)
{
    struct scope parsed;

    return str_equal(scope, str_of(admin_scope)) ||
           (is_plain(scope) && scope_parse(scope, &parsed));
}

bool grant_is_privileged(str scope, const char *admin_scope)
{
    struct scope parsed;

    if (str_equal(scope, str_of(admin_scope)) || !scope_parse(scope, &parsed))
        return true;
    return str_is_among(parsed.action, privileged_actions, COUNT(privileged_actions)) ||
           str_is_among(parsed.resource, privileged_resources, COUNT(privileged_resources));
}

bool grant_is_held(const struct granter *granter, const char *scope)
{
    const struct principal *who = granter->principal;

    ensure(who != NULL && scope != NULL);
    ensure(granter->admin_scope != NULL && granter->admin_scope[0] != '\0');
    if (str_equal(str_of(scope), str_of(granter->admin_scope)))
        return who->kind > PRINCIPAL_ANONYMOUS &&
               (who->is_admin || (who->unscoped && !granter->is_pinned && !who->is_unverified));
    return access_may_see(who, scope, STR(""));
}
