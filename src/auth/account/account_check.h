/* Checks the tokens of service accounts. */
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
    /* NULL for none. Explaining a token counts neither a use nor a failure. */
    struct explanation *why;
};

/* Stores the principal of the account with this token in *out, allocated from the arena. Returns
 * UNAUTHENTICATED, with the same text for unknown, revoked and expired tokens, and with another
 * text if this server has no accounts. Returns TOO_MANY if the client has sent too many invalid
 * tokens. Thread-safe; does not block. */
MUST_USE agentos_status account_check(const struct account_check *check, str token,
                                      const struct principal **out, agentos_error *err);

/* Checks a token on an open server, which requires none. Returns the principal, allocated from the
 * arena, or NULL if the token is invalid or this server has no accounts. Counts no failure. */
const struct principal *account_check_open(const struct account_check *check, str token);

#endif
