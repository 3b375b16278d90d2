/* Per-user isolation: whose rows a caller reaches. The one decision; what it means for a query is
 * store/owner.h's. */
#ifndef AUTH_SCOPE_ISOLATION_H
#define AUTH_SCOPE_ISOLATION_H

#include "auth/scope/principal.h"

enum isolation {
    ISOLATION_REFUSED, /* no identity where one is needed: told so, not shown an empty world */
    ISOLATION_PINNED,  /* reaches what belongs to his (issuer, user_id) */
    ISOLATION_LIFTED,  /* reaches the rows of all users, as far as his scopes go */
};

/* is_on: authorization.user_isolation. */
enum isolation isolation_of(const struct principal *principal, bool is_on);

#endif
