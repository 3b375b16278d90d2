/* The check of a service account's token, which yields its principal. */
#ifndef AUTH_ACCOUNT_ACCOUNT_CHECK_H
#define AUTH_ACCOUNT_ACCOUNT_CHECK_H

#include "auth/account/accounts.h"
#include "auth/explain/explain.h"

struct account_check {
    struct accounts *accounts; /* NULL if this server has none */
    const char *admin_scope;   /* not empty */
    const char *client;        /* the address that failures are counted for */
    int64_t now_s;
    arena *arena;
    struct explanation *why; /* NULL if nothing is explained. An explanation counts neither a use
                              * nor a failure. */
};

/* Stores the principal of the account with this token in *out; it lives as long as the arena.
 * Returns UNAUTHENTICATED, with the same text, for unknown, revoked and expired tokens. Returns
 * TOO_MANY instead if the client has sent too many of them. */
MUST_USE agentos_status account_check(const struct account_check *check, str token,
                                      const struct principal **out, agentos_error *err);

/* Checks the token on an open server, where no credential is required. Returns the principal, or
 * NULL if the token is invalid. No failure is counted. */
const struct principal *account_check_open(const struct account_check *check, str token);

#endif
