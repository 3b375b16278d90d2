/* The active service accounts in memory, shared by all loops: a mirror of their table, so that a
 * token is looked up without asking the database, and a revoked one is unknown on every loop as
 * soon as its revocation is committed. */
#ifndef AUTH_ACCOUNT_ACCOUNTS_H
#define AUTH_ACCOUNT_ACCOUNTS_H

#include <stdatomic.h>

#include "auth/account/failures.h"
#include "auth/scope/principal.h"
#include "store/mirror.h"
#include "store/service_account.h"

struct accounts; /* Any thread may call the functions below. */

/* Creates an empty collection, in which no account is known. The caller must free it. */
struct accounts *accounts_new(void);
/* No thread may use the accounts any more. NULL is allowed. */
void accounts_free(struct accounts *accounts);

struct account {
    /* is_admin is always false here, because the configuration decides it */
    struct principal principal;
    const char *id, *token_hash;
    /* when the account was last used, in seconds since 1970, or 0 if it never was */
    atomic_int_fast64_t used_at;
    /* the last use that the database has; only the database's writer thread reads or writes it */
    int64_t written_at;
};

/* Returns the active account with this token, or NULL if there is none. The caller must check
 * whether the account has expired. The account lives as long as the arena. Does not block. */
struct account *accounts_find(struct accounts *accounts, str token, arena *a);

/* Returns when the account was last used, in seconds since 1970, as far as this process knows.
 * Returns 0 if it was never used or is not active. */
int64_t accounts_last_use(struct accounts *accounts, const char *token_hash);

/* Returns the counter of failed authentications. It lives as long as the accounts. */
struct failures *accounts_failures(struct accounts *accounts);

/* Returns the mirror that contains the accounts, for code that changes the table and for
 * mirror_sync.h. It lives as long as the accounts. */
struct mirror *accounts_mirror(struct accounts *accounts);

#endif
