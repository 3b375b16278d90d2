/* Names the routes whose mapping does not give what they go on asking for. */
#include "web/kept_gates.h"

#include "auth/scope/scope.h"
#include "base/ensure.h"
#include "base/limits.h"

/* Returns whether a holder of the mapping's scopes passes the gate, for some resource at least. */
static bool names_gate(const struct named_scopes *mapping, const struct scope *gate)
{
    for (size_t i = 0; i < mapping->count; i++) {
        struct scope held;

        if (scope_parse(str_of(mapping->scopes[i]), &held) &&
            str_equal(held.resource, gate->resource) && str_equal(held.action, gate->action))
            return true;
    }
    return false;
}

void kept_gates_note(struct kept_gates *kept, const struct named_scopes *mapping,
                     const struct route *route, const struct access *access)
{
    bool is_first = kept->count == 0;
    struct scope gate;

    if (access->gate == NULL || !scope_parse(str_of(access->gate), &gate) ||
        names_gate(mapping, &gate))
        return;
    if (is_first)
        kept->names = buf_with_limit(16 * KiB);
    if (kept->count < ROUTES_NAMED_MAX)
        buf_printf(&kept->names, "%s%s %s%s for %s", is_first ? "" : ", ",
                   method_name(route->method), route->pattern, is_first ? " still asks" : "",
                   access->gate);
    else if (kept->count == ROUTES_NAMED_MAX)
        buf_append(&kept->names, STR(" and others"));
    kept->count++;
}

const char *kept_gates_take(struct kept_gates *kept, arena *a)
{
    const char *sentence = NULL;

    if (kept->count == 0)
        return NULL;
    ensure(buf_ok(&kept->names));
    sentence = arena_printf(a,
                            "%s: a mapping adds to what guards the resource; give the provider's "
                            "names a meaning by roles_claim and roles",
                            kept->names.ptr);
    buf_clear(&kept->names);
    kept->count = 0;
    return sentence;
}
