/* Per-user isolation: the decision which rows a caller reaches. store/owner.h applies it to
 * queries. */
#ifndef AUTH_SCOPE_ISOLATION_H
#define AUTH_SCOPE_ISOLATION_H

#include "auth/scope/principal.h"

enum isolation {
    /* The caller has no identity although one is required. They are refused, instead of getting an
     * empty list. */
    ISOLATION_REFUSED,
    ISOLATION_PINNED, /* reaches only the rows of their own (issuer, user_id) */
    ISOLATION_LIFTED, /* reaches the rows of all users, as far as the caller's scopes permit */
};

/* Returns which rows the principal reaches. `is_on` is the option authorization.user_isolation. */
enum isolation isolation_of(const struct principal *principal, bool is_on);

#endif
