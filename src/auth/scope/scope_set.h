/* The scopes that somebody holds, read and sorted once, and what they cover: asking costs hardly
 * more with 256 of them than with one. */
#ifndef AUTH_SCOPE_SCOPE_SET_H
#define AUTH_SCOPE_SCOPE_SET_H

#include "auth/scope/scope.h"
#include "base/arena.h"

/* Immutable. NULL, like a zeroed one, holds nothing. */
struct scope_set {
    const struct scope_group *groups; /* sorted */
    size_t count;
    const struct scope_set *also; /* held beside these; NULL: no more */
};

/* From the arena; the texts are borrowed for its life. A text that is not a scope is left out. */
const struct scope_set *scope_set_new(arena *a, const str *texts, size_t count);

/* The scopes of both, from the arena; both are borrowed for its life. `one` must not be a joined
 * set itself; `more` may be NULL. */
const struct scope_set *scope_set_join(arena *a, const struct scope_set *one,
                                       const struct scope_set *more);

/* Does one of them cover what is asked, on the resource with this id (empty: on the whole kind)? */
bool scope_set_covers(const struct scope_set *set, const struct scope *asked, str id);

/* Does one of them cover it on any resource of the kind? */
bool scope_set_covers_some(const struct scope_set *set, const struct scope *asked);

#endif
