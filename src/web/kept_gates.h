/* Finds the routes that go on asking for a scope which their mapping does not name, for a warning:
 * a mapping never replaces what guards a resource (docs/design/security.md 16). */
#ifndef WEB_KEPT_GATES_H
#define WEB_KEPT_GATES_H

#include "auth/scope/role.h"
#include "base/arena.h"
#include "base/buf.h"
#include "web/route.h"

enum { ROUTES_NAMED_MAX = 20 }; /* in one warning */

/* The routes of one mapping. Zero is none. */
struct kept_gates {
    buf names; /* such as "GET /agents still asks for agents:read, GET /teams for teams:read" */
    size_t count;
};

/* Notes the route if its access, which the mapping has made, keeps a gate that no holder of the
 * mapping's scopes passes by them. */
void kept_gates_note(struct kept_gates *kept, const struct named_scopes *mapping,
                     const struct route *route, const struct access *access);

/* Returns the warning about these routes, in the arena, or NULL if there are none. Frees *kept. */
const char *kept_gates_take(struct kept_gates *kept, arena *a);

#endif
