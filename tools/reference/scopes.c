/* The scopes that built routes ask for, and the routes that each one opens. */
#include "reference.h"

#include <stdio.h>

#include "api/routes.h"

/* Returns the next built route at or after `from` that asks for this scope or gate, or NULL. */
static const struct route *next_route(const struct route *from, const char *scope)
{
    const struct route *end = agentos_surface.rows + agentos_surface.count;

    for (const struct route *route = from; route < end; route++) {
        const struct access *access = &route->access;

        if (route->answer == NULL)
            continue;
        if ((access->scope != NULL && strcmp(access->scope, scope) == 0) ||
            (access->gate != NULL && strcmp(access->gate, scope) == 0))
            return route;
    }
    return NULL;
}

static void print_scope_row(const char *scope)
{
    const char *comma = "";

    (void)printf("| `%s` | ", scope);
    for (const struct route *route = next_route(agentos_surface.rows, scope); route != NULL;
         route = next_route(route + 1, scope)) {
        (void)printf("%s`%s %s`", comma, method_name(route->method), route->pattern);
        comma = ", ";
    }
    (void)printf(" |\n");
}

/* Prints the scope's row, if `route` is the first one that asks for it. */
static void print_scope_once(const struct route *route, const char *scope)
{
    if (scope != NULL && next_route(agentos_surface.rows, scope) == route)
        print_scope_row(scope);
}

void print_scopes(void)
{
    (void)printf("\n| scope | routes that ask for it |\n| --- | --- |\n");
    for (size_t i = 0; i < agentos_surface.count; i++) {
        const struct route *route = &agentos_surface.rows[i];
        const struct access *access = &route->access;

        if (route->answer == NULL)
            continue;
        print_scope_once(route, access->scope);
        if (access->scope == NULL || access->gate == NULL ||
            strcmp(access->scope, access->gate) != 0)
            print_scope_once(route, access->gate);
    }
}
