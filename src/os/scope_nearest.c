/* Compares a typed scope with those that routes require. */
#include "os/scope_nearest.h"

#include "api/routes.h"
#include "auth/scope/scope.h"
#include "base/ensure.h"
#include "config/nearest.h"
#include "web/policy.h"

enum { SCOPES_MAX = 1024 };

struct known {
    const char *names[SCOPES_MAX]; /* "resource:action" */
    size_t count;
};

static void add_name(struct known *known, arena *a, str scope)
{
    for (size_t i = 0; i < known->count; i++)
        if (str_equal(str_of(known->names[i]), scope))
            return;
    ensure(known->count < SCOPES_MAX);
    known->names[known->count++] = arena_copy(a, scope);
}

/* Collects the scopes of the route table. */
static void find_known(struct known *known, arena *a)
{
    const struct surface *surface = &agentos_surface;

    known->count = 0;
    add_name(known, a, STR("agent_os:admin"));
    for (size_t i = 0; i < surface->count; i++) {
        const struct access *access = policy_access(surface->policy, &surface->rows[i]);
        str rest = str_of(access->scope), scope;

        while (access_next(&rest, &scope))
            add_name(known, a, scope);
        if (access->gate != NULL)
            add_name(known, a, str_of(access->gate));
    }
}

/* Returns "resource:action" without the id. */
static str without_id(arena *a, const struct scope *scope)
{
    return str_of(arena_printf(a, "%.*s:%.*s", (int)scope->resource.len, scope->resource.ptr,
                               (int)scope->action.len, scope->action.ptr));
}

static bool is_known(const struct known *known, str name)
{
    for (size_t i = 0; i < known->count; i++)
        if (str_equal(str_of(known->names[i]), name))
            return true;
    return false;
}

/* Returns the scope that was probably meant. */
const char *scope_nearest(arena *a, const char *scope)
{
    struct known *known = arena_alloc(a, sizeof(*known));
    str name = str_of(scope);
    struct scope parsed;

    find_known(known, a);
    if (scope_parse(name, &parsed))
        name = without_id(a, &parsed);
    return is_known(known, name) ? NULL : nearest_name(name, known->names, known->count);
}
