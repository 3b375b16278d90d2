/* Checks the scopes of a caller (the principal) against a route. */
#include "auth/scope/access.h"

#include "base/ensure.h"
#include "base/refusals.h"

/* Takes the next scope off *rest. Returns false at the end of the list. */
bool access_next(str *rest, str *scope)
{
    ensure(rest != NULL && scope != NULL);
    *scope = str_trim(str_split(rest, ','));
    return scope->len > 0;
}

/* Returns whether the caller was authenticated, or the server requires no authentication. */
static bool is_admitted(const struct principal *principal)
{
    return principal->kind > PRINCIPAL_ANONYMOUS;
}

/* Returns whether the caller may hold scopes. An anonymous caller may on a route made public. */
static bool may_hold_scopes(const struct principal *principal)
{
    if (principal->kind == PRINCIPAL_ANONYMOUS)
        return principal->unscoped;
    return is_admitted(principal);
}

/* How much a scope must cover. Listings need only some resource and are filtered afterwards. */
enum scope_reach {
    REACH_ONE,  /* the resource in question */
    REACH_SOME, /* at least one resource of the kind */
};

/* Returns whether the principal holds the scope for this id, or for all resources if empty. */
static bool holds_scope(const struct principal *principal, const struct scope *required,
                        enum scope_reach reach, str id)
{
    if (!may_hold_scopes(principal))
        return false;
    if (principal->unscoped || principal->is_admin)
        return true;
    ensure(principal->held != NULL || principal->scope_count == 0);
    if (reach == REACH_SOME)
        return scope_set_covers_some(principal->held, required);
    return scope_set_covers(principal->held, required, id);
}

/* Returns FORBIDDEN: "Insufficient permissions. Required scope(s): ..." */
static agentos_status refuse_scope(const char *required, agentos_error *err)
{
    ensure(required != NULL);
    return refuse_with(err, REFUSAL_SCOPE_MISSING, required);
}

/* Returns FORBIDDEN, such as "Access denied to run this agent" for "agents:run". */
static agentos_status refuse_gate(const struct scope *gate, agentos_error *err)
{
    ensure(gate->resource.len > 0 && gate->action.len > 0);
    str singular = gate->resource;

    if (str_ends(singular, STR("s")))
        singular.len--;
    return refuse_with(err, REFUSAL_RESOURCE_DENIED, (int)gate->action.len, gate->action.ptr,
                       (int)singular.len, singular.ptr);
}

/* The parsed requirements of a route. */
struct requirement {
    const struct access *access;
    struct scope gate;
    str kind; /* of the resource in the path */
};

/* Parses the route's requirements. The gate, or the first scope, names the kind of the resource. */
static agentos_status parse_requirement(const struct access *access, struct requirement *out,
                                        agentos_error *err)
{
    str text = str_of(access->gate);
    str scopes = str_of(access->scope);

    *out = (struct requirement){ .access = access };
    if (access->gate == NULL && !access_next(&scopes, &text))
        return fail(err, AGENTOS_INTERNAL, "a route states no demand that can be read");
    if (!scope_parse(text, &out->gate))
        return fail(err, AGENTOS_INTERNAL, "a route states no demand that can be read");
    out->kind = out->gate.resource;
    ensure(out->kind.len > 0);
    return AGENTOS_OK;
}

/* Checks one scope of the route. The id in the path counts only for scopes of the same kind. */
static agentos_status check_scope(const struct requirement *requirement,
                                  const struct principal *principal, str text, str id,
                                  agentos_error *err)
{
    struct scope required;

    ensure(requirement->kind.len > 0); /* set by parse_requirement */
    if (!scope_parse(text, &required))
        return fail(err, AGENTOS_INTERNAL, "a route states no demand that can be read");
    bool is_of_path = str_equal(required.resource, requirement->kind);
    bool is_listing = requirement->access->kind == ACCESS_LISTING;
    enum scope_reach reach = is_of_path && is_listing ? REACH_SOME : REACH_ONE;

    if (!holds_scope(principal, &required, reach, is_of_path ? id : STR("")))
        return refuse_scope(requirement->access->scope, err);
    return AGENTOS_OK;
}

/* Checks the route's gate, if it has one. */
static agentos_status check_gate(const struct requirement *requirement,
                                 const struct principal *principal, str id, agentos_error *err)
{
    const struct access *access = requirement->access;

    if (access->gate == NULL)
        return AGENTOS_OK;
    bool is_listing = access->kind == ACCESS_LISTING;
    if (holds_scope(principal, &requirement->gate, is_listing ? REACH_SOME : REACH_ONE, id))
        return AGENTOS_OK;
    return is_listing ? refuse_scope(access->gate, err) : refuse_gate(&requirement->gate, err);
}

/* Checks every scope of the route and its gate. */
static agentos_status check_requirement(const struct access *access,
                                        const struct principal *principal, str id,
                                        agentos_error *err)
{
    struct requirement requirement;
    str rest = str_of(access->scope), scope;

    TRY(parse_requirement(access, &requirement, err));
    while (access_next(&rest, &scope))
        TRY(check_scope(&requirement, principal, scope, id, err));
    return check_gate(&requirement, principal, id, err);
}

/* Returns whether the caller is not a person. */
static bool is_machine(const struct principal *principal)
{
    return principal->kind == PRINCIPAL_SERVICE_ACCOUNT || principal->kind == PRINCIPAL_INTERNAL;
}

/* Decides whether the principal may use the route for the resource with this id. */
agentos_status authorize(const struct access *access, const struct principal *principal,
                         str resource_id, agentos_error *err)
{
    ensure((unsigned)principal->kind < PRINCIPAL_KINDS);
    if (access->people_only && is_machine(principal))
        return refuse(err, REFUSAL_PERSON_NEEDED);
    switch (access->kind) {
    case ACCESS_PUBLIC: return AGENTOS_OK;
    case ACCESS_TOKEN:
        return is_admitted(principal) ? AGENTOS_OK : refuse(err, REFUSAL_CREDENTIAL_NEEDED);
    case ACCESS_ADMIN:
        if (is_admitted(principal) && (principal->is_admin || principal->unscoped))
            return AGENTOS_OK;
        return access->scope != NULL ? refuse_scope(access->scope, err)
                                     : refuse(err, REFUSAL_ADMIN_NEEDED);
    case ACCESS_SCOPED:
    case ACCESS_LISTING: return check_requirement(access, principal, resource_id, err);
    case ACCESS_UNSTATED: break;
    }
    return fail(err, AGENTOS_INTERNAL, "a route states no access");
}

/* Returns whether the principal may see this resource in a listing. */
bool access_may_see(const struct principal *principal, const char *scope, str id)
{
    struct scope required;

    if (!scope_parse(str_of(scope), &required))
        return false;
    return holds_scope(principal, &required, REACH_ONE, id);
}
