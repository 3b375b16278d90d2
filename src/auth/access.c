/* The decision: a route's demand against a caller's scopes. The only place where a scope is asked
 * for. */
#include "auth/access.h"

/* A demand of a row, read once: the text and its parts. */
struct demand {
    bool stated;
    struct scope scope;
};

static bool read_demand(const char *text, struct demand *out)
{
    *out = (struct demand){ .stated = text != NULL };
    return text == NULL || scope_parse(str_of(text), &out->scope);
}

/* Has the caller proved who he is, or is the server open to everybody? */
static bool is_admitted(const struct principal *principal)
{
    return principal->kind == PRINCIPAL_TOKEN || principal->kind == PRINCIPAL_SERVICE_ACCOUNT ||
           principal->kind == PRINCIPAL_OPEN;
}

/* REACH_SOME: at least one resource of the kind will do, because the answer is filtered. */
enum reach { REACH_ONE, REACH_SOME };

static bool holds(const struct principal *principal, const struct scope *asked, enum reach reach,
                  str id)
{
    struct scope held;

    if (!is_admitted(principal))
        return false;
    if (principal->unscoped || principal->is_admin)
        return true;
    for (size_t i = 0; i < principal->scope_count; i++)
        if (scope_parse(principal->scopes[i], &held) &&
            scope_covers(&held, asked, reach == REACH_SOME ? held.id : id))
            return true;
    return false;
}

static agentos_status refuse_gate(const struct scope *gate, agentos_error *err)
{
    size_t singular = gate->resource.len - (str_ends(gate->resource, STR("s")) ? 1 : 0);

    return fail(err, AGENTOS_FORBIDDEN, "Access denied to %.*s this %.*s", (int)gate->action.len,
                gate->action.ptr, (int)singular, gate->resource.ptr);
}

static agentos_status check_demands(const struct access *access, const struct principal *principal,
                                    str resource_id, agentos_error *err)
{
    struct demand scope, gate;

    if (!read_demand(access->scope, &scope) || !read_demand(access->gate, &gate) ||
        (!scope.stated && !gate.stated))
        return fail(err, AGENTOS_INTERNAL, "a route states no demand that can be read");

    enum reach reach = access->kind == ACCESS_LISTING ? REACH_SOME : REACH_ONE;
    if (scope.stated && !holds(principal, &scope.scope, reach, resource_id))
        return fail(err, AGENTOS_FORBIDDEN, "Insufficient permissions. Required scope(s): %s",
                    access->scope);
    if (gate.stated && !holds(principal, &gate.scope, REACH_ONE, resource_id))
        return refuse_gate(&gate.scope, err);
    return AGENTOS_OK;
}

agentos_status authorize(const struct access *access, const struct principal *principal,
                         str resource_id, agentos_error *err)
{
    switch (access->kind) {
    case ACCESS_PUBLIC: return AGENTOS_OK;
    case ACCESS_TOKEN:
        return is_admitted(principal) ? AGENTOS_OK
                                      : fail(err, AGENTOS_FORBIDDEN, "Insufficient permissions");
    case ACCESS_SCOPED:
    case ACCESS_LISTING: return check_demands(access, principal, resource_id, err);
    case ACCESS_UNSTATED: break;
    }
    return fail(err, AGENTOS_INTERNAL, "a route states no access");
}

bool access_may_see(const struct principal *principal, const char *scope, str id)
{
    struct scope asked;

    return scope_parse(str_of(scope), &asked) && holds(principal, &asked, REACH_ONE, id);
}
