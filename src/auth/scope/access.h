/* What a route demands, and the one decision between that and a caller's scopes. */
#ifndef AUTH_SCOPE_ACCESS_H
#define AUTH_SCOPE_ACCESS_H

#include "auth/scope/principal.h"
#include "auth/scope/scope.h"

/* Zero states no demand: the server refuses to start with such a route. */
enum access_kind {
    ACCESS_UNSTATED,
    ACCESS_PUBLIC,  /* no credential needed */
    ACCESS_SCOPED,  /* the scope and the gate, for the resource named in the path if there is one */
    ACCESS_LISTING, /* as ACCESS_SCOPED; without the global scope the list shrinks to what the
                       caller may see */
    ACCESS_TOKEN,   /* any valid credential (GET /authz/whoami) */
    ACCESS_ADMIN,   /* the admin scope, which no other scope stands for; `scope` is only what the
                       refusal names */
};

struct access {
    enum access_kind kind;
    const char *scope; /* "agents:read": the scope map's demand, all of "a:read, b:read" where the
                          configuration maps several; NULL: none, so a gate must be there */
    const char *gate;  /* "agents:run": the route's own second demand, for the resource in the path;
                          of a mapped listing what it is filtered by; NULL: none */
    bool people_only;  /* no service account, not even an admin's: only a person decides over others
                          (docs/design/security.md 22) */
};

/* Takes the scopes of access->scope one by one: while (access_next(&rest, &scope)) ... */
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

/* May principal do what access asks, to the resource with this id (empty: to the whole kind)?
 * OK, or FORBIDDEN with the contract's text: "Insufficient permissions. Required scope(s):
 * agents:read" from the map, "Access denied to run this agent" from the gate. INTERNAL for
 * ACCESS_UNSTATED. */
MUST_USE agentos_status authorize(const struct access *access, const struct principal *principal,
                                  str resource_id, agentos_error *err);

/* May the principal see this resource of a listing? `scope` is the row's, such as "agents:read". */
bool access_may_see(const struct principal *principal, const char *scope, str id);

#endif
