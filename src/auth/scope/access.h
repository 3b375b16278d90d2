/* The access that a route requires, and the check of a caller's scopes against it. */
#ifndef AUTH_SCOPE_ACCESS_H
#define AUTH_SCOPE_ACCESS_H

#include "auth/scope/principal.h"
#include "auth/scope/scope.h"

/* The kinds of access. The server refuses to start with an ACCESS_UNSTATED route. */
enum access_kind {
    ACCESS_UNSTATED,
    ACCESS_PUBLIC, /* no credential */
    /* requires the scope and the gate, for the resource in the path if there is one */
    ACCESS_SCOPED,
    /* like ACCESS_SCOPED, but a scope for a single resource is enough, and the list contains only
     * resources that the caller may see */
    ACCESS_LISTING,
    ACCESS_TOKEN, /* any authenticated caller (GET /authz/whoami) */
    /* requires the admin scope, unless scopes are not enforced. `scope` appears only in the
     * refusal. */
    ACCESS_ADMIN,
};

struct access {
    enum access_kind kind;
    /* The required scope, such as "agents:read", or several, as in "a:read, b:read". An
     * ACCESS_SCOPED or ACCESS_LISTING without a scope must have a gate. */
    const char *scope;
    /* A second required scope, such as "agents:run", for the resource in the path. In a listing
     * with mapped scopes, the scope that filters the list. May be NULL. */
    const char *gate;
    /* Excludes service accounts, even those of administrators, and the scheduler
     * (docs/design/security.md 22). */
    bool people_only;
};

/* Takes the next scope off the list *rest. Returns false at the end of the list. Used as: while
 * (access_next(&rest, &scope)) ... */
bool access_next(str *rest, str *scope);

// clang-format off
#define PUBLIC              { ACCESS_PUBLIC,  NULL,  NULL, false }
#define NEEDS(scope)        { ACCESS_SCOPED,  scope, NULL, false }
#define PEOPLE(scope)       { ACCESS_SCOPED,  scope, NULL, true }
#define GATED(scope, gate)  { ACCESS_SCOPED,  scope, gate, false }
#define FILTERS(scope)      { ACCESS_LISTING, scope, NULL, false }
#define ANY_TOKEN           { ACCESS_TOKEN,   NULL,  NULL, false }
#define ADMINS              { ACCESS_ADMIN,   NULL,  NULL, false }
// clang-format on

/* Decides whether the principal may use a route with this access, for the resource with this id, or
 * for all resources of the kind if the id is empty. Returns OK, or FORBIDDEN with the text of the
 * contract: "Insufficient permissions. Required scope(s): agents:read" for a scope, or "Access
 * denied to run this agent" for a gate. Returns INTERNAL for ACCESS_UNSTATED and for a scope that
 * cannot be parsed. Thread-safe. */
MUST_USE agentos_status authorize(const struct access *access, const struct principal *principal,
                                  str resource_id, agentos_error *err);

/* Returns whether the principal may see the resource with this id in a listing. `scope` is the
 * scope of the route, such as "agents:read". */
bool access_may_see(const struct principal *principal, const char *scope, str id);

#endif
