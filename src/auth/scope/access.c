/* The decision: a route's demand against a caller's scopes. The only place where a scope is asked
 * for. */
#include "auth/scope/access.h"

#include "base/refusals.h"

bool access_next(str *rest, str *scope)
{
    *scope = str_trim(str_split(rest, ','));
    return scope->len > 0;
}

/* Has the caller proved who he is, or is the server open to everybody? */
static bool is_admitted(const struct principal *principal)
{
    return principal->kind > PRINCIPAL_ANONYMOUS;
}

/* May scopes be asked of him at all? An anonymous caller holds none, but on a route that the
 * configuration has opened nothing is asked. */
static bool is_somebody(const struct principal *principal)
{
    return is_admitted(principal) ||
           (principal->kind == PRINCIPAL_ANONYMOUS && principal->unscoped);
}

/* REACH_SOME: at least one resource of the kind will do, because the answer is filtered. */
enum reach { REACH_ONE, REACH_SOME };

static bool holds(const struct principal *principal, const struct scope *asked, enum reach reach,
                  str id)
{
    if (!is_somebody(principal))
        return false;
    if (principal->unscoped || principal->is_admin)
        return true;
    return reach == REACH_SOME ? scope_set_covers_some(principal->held, asked)
                               : scope_set_covers(principal->held, asked, id);
}

static agentos_status refuse_scope(const char *required, agentos_error *err)
{
    return refuse_with(err, REFUSAL_SCOPE_MISSING, required);
}

static agentos_status refuse_gate(const struct scope *gate, agentos_error *err)
{
    size_t singular = gate->resource.len - (str_ends(gate->resource, STR("s")) ? 1 : 0);

    return refuse_with(err, REFUSAL_RESOURCE_DENIED, (int)gate->action.len, gate->action.ptr,
                       (int)singular, gate->resource.ptr);
}

/* What a row asks, read once. */
struct asking {
    const struct access *access;
    struct scope gate;
    str kind; /* of the resource in the path: what a scope for a single one must speak of */
};

static agentos_status read_asking(const struct access *access, struct asking *out,
                                  agentos_error *err)
{
    str native = str_of(access->gate), rest = str_of(access->scope);

    *out = (struct asking){ .access = access };
    if (access->gate == NULL)
        (void)access_next(&rest, &native); /* none is none that can be read */
    if (!scope_parse(native, &out->gate))
        return fail(err, AGENTOS_INTERNAL, "a route states no demand that can be read");
    out->kind = out->gate.resource;
    return AGENTOS_OK;
}

/* A scope of another namespace is asked for as it stands: the id in the path is none of its. */
static agentos_status holds_scope(const struct asking *asking, const struct principal *principal,
                                  str text, str id, agentos_error *err)
{
    struct scope asked;

    if (!scope_parse(text, &asked))
        return fail(err, AGENTOS_INTERNAL, "a route states no demand that can be read");
    bool is_native = str_equal(asked.resource, asking->kind);
    bool is_listing = asking->access->kind == ACCESS_LISTING;
    enum reach reach = is_native && is_listing ? REACH_SOME : REACH_ONE;
    return holds(principal, &asked, reach, is_native ? id : STR(""))
               ? AGENTOS_OK
               : refuse_scope(asking->access->scope, err);
}

static agentos_status check_gate(const struct asking *asking, const struct principal *principal,
                                 str id, agentos_error *err)
{
    const struct access *access = asking->access;

    if (access->gate == NULL)
        return AGENTOS_OK;
    if (access->kind == ACCESS_LISTING)
        return holds(principal, &asking->gate, REACH_SOME, id) ? AGENTOS_OK
                                                               : refuse_scope(access->gate, err);
    return holds(principal, &asking->gate, REACH_ONE, id) ? AGENTOS_OK
                                                          : refuse_gate(&asking->gate, err);
}

static agentos_status check_demands(const struct access *access, const struct principal *principal,
                                    str id, agentos_error *err)
{
    struct asking asking;
    str rest = str_of(access->scope), scope;

    TRY(read_asking(access, &asking, err));
    while (access_next(&rest, &scope))
        TRY(holds_scope(&asking, principal, scope, id, err));
    return check_gate(&asking, principal, id, err);
}

static bool is_machine(const struct principal *principal)
{
    return principal->kind == PRINCIPAL_SERVICE_ACCOUNT || principal->kind == PRINCIPAL_INTERNAL;
}

agentos_status authorize(const struct access *access, const struct principal *principal,
                         str resource_id, agentos_error *err)
{
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
