/* Keeps accounts.h and the database in step: every few seconds it writes when accounts were used,
 * and looks whether another process has changed them. One a server, on one of its loops. */
#ifndef AUTH_ACCOUNT_ACCOUNT_KEEPER_H
#define AUTH_ACCOUNT_ACCOUNT_KEEPER_H

#include "auth/account/accounts.h"
#include "loop/busy.h"

/* How long an account that another process has revoked can still be used here, or one that it has
 * made not yet; within a process nothing is late. */
enum { ACCOUNTS_LATE_MAX_MS = 10 * 1000 };

/* All borrowed for its life. */
struct account_keeper_options {
    struct loop *loop;
    struct db *db;
    struct busy *busy; /* holds the loop until what is under way is done */
    struct accounts *accounts;
    uint64_t every_ms;                            /* [ACCOUNTS_LATE_MAX_MS] */
    void (*on_trouble)(const agentos_error *why); /* once, until it went well again; for the log */
};

struct account_keeper;

/* Reads the accounts and starts. UNAVAILABLE: the database cannot be read. Blocks. */
MUST_USE agentos_status account_keeper_new(const struct account_keeper_options *options,
                                           struct account_keeper **out, agentos_error *err);
void account_keeper_free(struct account_keeper *keeper); /* NULL is fine */

/* Write all that is known, and stop: before the loop ends. NULL is fine. */
void account_keeper_flush(struct account_keeper *keeper);

#endif
