/* An immutable set of scopes, sorted for lookup. */
#ifndef AUTH_SCOPE_SCOPE_SET_H
#define AUTH_SCOPE_SCOPE_SET_H

#include "auth/scope/scope.h"
#include "base/arena.h"

/* NULL and a zeroed set are empty. */
struct scope_set {
    const struct scope_group *groups; /* sorted by resource and action */
    size_t count;
    const struct scope_set *next; /* searched after this set; may be NULL */
};

/* Returns a set of these scopes, allocated from the arena. Borrows the texts and skips invalid
 * scopes. */
const struct scope_set *scope_set_new(arena *a, const str *texts, size_t count);

/* Returns the union of both sets, allocated from the arena, which borrows both. `one` must not be a
 * union; `more` may be NULL. */
const struct scope_set *scope_set_join(arena *a, const struct scope_set *one,
                                       const struct scope_set *more);

/* Returns whether a scope of the set covers `required` for the resource with this id, or for all
 * resources of the kind if the id is empty. */
bool scope_set_covers(const struct scope_set *set, const struct scope *required, str id);

/* Returns whether a scope of the set covers `required` for at least one resource of the kind. */
bool scope_set_covers_some(const struct scope_set *set, const struct scope *required);

#endif
