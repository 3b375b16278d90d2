/* The access that a route demands, and the one decision whether a caller's scopes meet this
 * demand. */
#ifndef AUTH_SCOPE_ACCESS_H
#define AUTH_SCOPE_ACCESS_H

#include "auth/scope/principal.h"
#include "auth/scope/scope.h"

/* The kinds of demands. Zero states no demand, and the server refuses to start with such a
 * route. */
enum access_kind {
    ACCESS_UNSTATED,
    ACCESS_PUBLIC, /* no credential is needed */
    /* the scope and the gate are demanded, for the resource in the path if there is one */
    ACCESS_SCOPED,
    /* Like ACCESS_SCOPED, but a scope for single resources is enough, and the list is shortened to
     * the resources that the caller may see. */
    ACCESS_LISTING,
    ACCESS_TOKEN, /* any caller who was authenticated passes (GET /authz/whoami) */
    /* Only the admin scope passes, which no other scope can replace, unless scopes are not
     * enforced. `scope` is only named in the refusal. */
    ACCESS_ADMIN,
};

struct access {
    enum access_kind kind;
    /* The scope that the scope map demands, such as "agents:read". If the configuration maps
     * several, as in "a:read, b:read", all are demanded. If it is NULL, an ACCESS_SCOPED or
     * ACCESS_LISTING must have a gate. */
    const char *scope;
    /* A second demand of the route itself, such as "agents:run", for the resource in the path. For
     * a listing whose scope is mapped, the scope by which the list is filtered. May be NULL. */
    const char *gate;
    /* No service account may pass, not even an administrator's, nor may the scheduler, because only
     * a person decides over others (docs/design/security.md 22). */
    bool people_only;
};

/* Cuts the next scope off the list *rest and stores it in *scope. Returns false at the end of the
 * list. Used as: while (access_next(&rest, &scope)) ... */
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

/* Decides whether the principal may use a route with this access, for the resource with this id; an
 * empty id means all resources of the kind. Returns OK, or FORBIDDEN with the text of the contract:
 * "Insufficient permissions. Required scope(s): agents:read" for a scope, or "Access denied to run
 * this agent" for a gate. Returns INTERNAL for ACCESS_UNSTATED and for a demand that cannot be
 * parsed. May be called on any thread. */
MUST_USE agentos_status authorize(const struct access *access, const struct principal *principal,
                                  str resource_id, agentos_error *err);

/* Returns true if the principal may see the resource with this id in a listing. `scope` is the
 * scope of the route, such as "agents:read". */
bool access_may_see(const struct principal *principal, const char *scope, str id);

#endif
