/* Decides whether a principal (the caller) holds the scopes that a route requires. No other file
 * makes this decision. */
#include "auth/scope/access.h"

#include "base/ensure.h"
#include "base/refusals.h"

bool access_next(str *rest, str *scope)
{
    ensure(rest != NULL && scope != NULL);
    *scope = str_trim(str_split(rest, ','));
    return scope->len > 0;
}

/* Has the caller been authenticated, or is the server open to everybody? */
static bool is_admitted(const struct principal *principal)
{
    return principal->kind > PRINCIPAL_ANONYMOUS;
}

/* May this caller hold scopes? An anonymous caller holds none, but a route that the configuration
 * has opened asks for none. */
static bool can_hold_scopes(const struct principal *principal)
{
    return is_admitted(principal) ||
           (principal->kind == PRINCIPAL_ANONYMOUS && principal->unscoped);
}

/* REACH_SOME: at least one resource of the kind will do, because the answer is filtered. */
enum scope_reach { REACH_ONE, REACH_SOME };

/* Does the principal hold what is asked, for the resource with this id (empty: the whole kind)? */
static bool holds(const struct principal *principal, const struct scope *asked,
                  enum scope_reach reach, str id)
{
    if (!can_hold_scopes(principal))
        return false;
    if (principal->unscoped || principal->is_admin)
        return true;
    ensure(principal->held != NULL || principal->scope_count == 0);
    return reach == REACH_SOME ? scope_set_covers_some(principal->held, asked)
                               : scope_set_covers(principal->held, asked, id);
}

static agentos_status refuse_scope(const char *required, agentos_error *err)
{
    ensure(required != NULL);
    return refuse_with(err, REFUSAL_SCOPE_MISSING, required);
}

static agentos_status refuse_gate(const struct scope *gate, agentos_error *err)
{
    ensure(gate->resource.len > 0 && gate->action.len > 0);
    size_t singular = gate->resource.len - (str_ends(gate->resource, STR("s")) ? 1 : 0);

    return refuse_with(err, REFUSAL_RESOURCE_DENIED, (int)gate->action.len, gate->action.ptr,
                       (int)singular, gate->resource.ptr);
}

/* A row's demand, read once. */
struct demand {
    const struct access *access;
    struct scope gate;
    str kind; /* of the resource in the path: what a scope for a single one must speak of */
};

/* INTERNAL: the row has neither a gate nor a scope that can be parsed. */
static agentos_status read_demand(const struct access *access, struct demand *out,
                                  agentos_error *err)
{
    str native = str_of(access->gate), rest = str_of(access->scope);

    *out = (struct demand){ .access = access };
    if (access->gate == NULL)
        (void)access_next(&rest,
                          &native); /* without one, native stays empty and cannot be parsed */
    if (!scope_parse(native, &out->gate))
        return fail(err, AGENTOS_INTERNAL, "a route states no demand that can be read");
    out->kind = out->gate.resource;
    return AGENTOS_OK;
}

/* Checks one scope of the row. The id in the path is only for scopes of the resource's own kind. */
static agentos_status check_scope(const struct demand *demand, const struct principal *principal,
                                  str text, str id, agentos_error *err)
{
    struct scope asked;

    if (!scope_parse(text, &asked))
        return fail(err, AGENTOS_INTERNAL, "a route states no demand that can be read");
    bool is_native = str_equal(asked.resource, demand->kind);
    bool is_listing = demand->access->kind == ACCESS_LISTING;
    enum scope_reach reach = is_native && is_listing ? REACH_SOME : REACH_ONE;
    return holds(principal, &asked, reach, is_native ? id : STR(""))
               ? AGENTOS_OK
               : refuse_scope(demand->access->scope, err);
}

/* Checks the row's second demand, if it has one. */
static agentos_status check_gate(const struct demand *demand, const struct principal *principal,
                                 str id, agentos_error *err)
{
    const struct access *access = demand->access;

    if (access->gate == NULL)
        return AGENTOS_OK;
    if (access->kind == ACCESS_LISTING)
        return holds(principal, &demand->gate, REACH_SOME, id) ? AGENTOS_OK
                                                               : refuse_scope(access->gate, err);
    return holds(principal, &demand->gate, REACH_ONE, id) ? AGENTOS_OK
                                                          : refuse_gate(&demand->gate, err);
}

/* OK: the principal holds every scope of the row, and passes its gate. */
static agentos_status check_demands(const struct access *access, const struct principal *principal,
                                    str id, agentos_error *err)
{
    struct demand demand;
    str rest = str_of(access->scope), scope;

    TRY(read_demand(access, &demand, err));
    while (access_next(&rest, &scope))
        TRY(check_scope(&demand, principal, scope, id, err));
    return check_gate(&demand, principal, id, err);
}

static bool is_machine(const struct principal *principal)
{
    return principal->kind == PRINCIPAL_SERVICE_ACCOUNT || principal->kind == PRINCIPAL_INTERNAL;
}

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
