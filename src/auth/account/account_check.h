/* The check of a service account's token, which yields its principal. */
#ifndef AUTH_ACCOUNT_ACCOUNT_CHECK_H
#define AUTH_ACCOUNT_ACCOUNT_CHECK_H

#include "auth/account/accounts.h"
#include "auth/explain/explain.h"

struct account_check {
    struct accounts *accounts; /* NULL if this server has no accounts */
    const char *admin_scope;   /* never NULL or empty */
    const char *client;        /* the address that failures are counted for */
    int64_t now_s;
    arena *arena;
    /* NULL if nobody wants an explanation. While a token is being explained, neither a use nor a
     * failure is counted. */
    struct explanation *why;
};

/* Checks the token of a service account, and stores the principal of the account in *out, allocated
 * in the arena. Returns UNAUTHENTICATED, with the same text, for unknown, revoked and expired
 * tokens, and with another text if this server has no accounts. Returns TOO_MANY instead if the
 * client has sent too many invalid tokens. May be called on any thread and does not block. */
MUST_USE agentos_status account_check(const struct account_check *check, str token,
                                      const struct principal **out, agentos_error *err);

/* Checks the token on an open server, where no credential is required. Returns the principal,
 * allocated in the arena, or NULL if the token is invalid or this server has no accounts. No
 * failure is counted. */
const struct principal *account_check_open(const struct account_check *check, str token);

#endif
