/* Per-user isolation: the decision whose rows a caller reaches. store/owner.h applies it to
 * queries. */
#ifndef AUTH_SCOPE_ISOLATION_H
#define AUTH_SCOPE_ISOLATION_H

#include "auth/scope/principal.h"

enum isolation {
    ISOLATION_REFUSED, /* has no identity where one is needed: refused, not shown an empty list */
    ISOLATION_PINNED,  /* reaches the rows of their own (issuer, user_id) */
    ISOLATION_LIFTED,  /* reaches the rows of all users, as far as their scopes go */
};

/* is_on: authorization.user_isolation. */
enum isolation isolation_of(const struct principal *principal, bool is_on);

#endif
