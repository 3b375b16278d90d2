/* The check of a service account's token, which yields its principal. */
#ifndef AUTH_ACCOUNT_ACCOUNT_CHECK_H
#define AUTH_ACCOUNT_ACCOUNT_CHECK_H

#include "auth/account/accounts.h"
#include "auth/explain/explain.h"

struct account_check {
    struct accounts *accounts; /* NULL: this server has none */
    const char *admin_scope;   /* not empty */
    const char *client;        /* the address that failures are counted for */
    int64_t now_s;
    arena *arena;
    struct explanation *why; /* NULL: do not explain. Otherwise no use and no failure is counted */
};

/* UNAUTHENTICATED with one text for unknown, revoked and expired tokens; TOO_MANY in its place
 * after too many of them from one client. *out lives as long as the arena. */
MUST_USE agentos_status account_check(const struct account_check *check, str token,
                                      const struct principal **out, agentos_error *err);

/* The same on an open server, where no credential is required: NULL for an invalid token, and no
 * failure is counted. */
const struct principal *account_check_open(const struct account_check *check, str token);

#endif
