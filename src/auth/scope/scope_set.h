/* A set of scopes, sorted once so that it can be searched quickly. A lookup in 256 scopes costs
 * hardly more than in one. */
#ifndef AUTH_SCOPE_SCOPE_SET_H
#define AUTH_SCOPE_SCOPE_SET_H

#include "auth/scope/scope.h"
#include "base/arena.h"

/* A set is immutable. NULL and a zeroed set contain nothing. */
struct scope_set {
    const struct scope_group *groups; /* sorted by resource and action */
    size_t count;
    const struct scope_set *also; /* another set that is searched after this one, or NULL */
};

/* Returns a set of these scopes, allocated in the arena. The texts are borrowed for the set's life.
 * A text that is not a scope is left out. */
const struct scope_set *scope_set_new(arena *a, const str *texts, size_t count);

/* Returns a set of the scopes of both, allocated in the arena. Both are borrowed for its life.
 * `one` must not be the result of a join; `more` may be NULL. */
const struct scope_set *scope_set_join(arena *a, const struct scope_set *one,
                                       const struct scope_set *more);

/* Returns true if one of the scopes covers `asked` for the resource with this id. An empty id means
 * all resources of the kind. */
bool scope_set_covers(const struct scope_set *set, const struct scope *asked, str id);

/* Returns true if one of the scopes covers `asked` for at least one resource of the kind. */
bool scope_set_covers_some(const struct scope_set *set, const struct scope *asked);

#endif
