/* Per-user isolation: which rows a caller reaches. store/owner.h applies it to queries. */
#ifndef AUTH_SCOPE_ISOLATION_H
#define AUTH_SCOPE_ISOLATION_H

#include "auth/scope/principal.h"

enum isolation {
    /* the caller lacks a required identity */
    ISOLATION_REFUSED,
    ISOLATION_PINNED, /* reaches only the rows of their own (issuer, user_id) */
    ISOLATION_LIFTED, /* reaches the rows of all users, subject to scopes */
};

/* Returns which rows the principal reaches. `is_on` is the option authorization.user_isolation. */
enum isolation isolation_of(const struct principal *principal, bool is_on);

#endif
