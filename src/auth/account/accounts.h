/* The active service accounts in memory, shared by all event loops. The mirror of the database
 * table makes a committed revocation visible to every loop at once. */
#ifndef AUTH_ACCOUNT_ACCOUNTS_H
#define AUTH_ACCOUNT_ACCOUNTS_H

#include <stdatomic.h>

#include "auth/account/failures.h"
#include "auth/scope/principal.h"
#include "store/mirror.h"
#include "store/service_account.h"

struct accounts; /* The functions below are thread-safe. */

/* Creates an empty collection, to be freed with accounts_free. */
struct accounts *accounts_new(void);
/* No thread may still use the accounts. NULL is allowed. */
void accounts_free(struct accounts *accounts);

struct account {
    /* is_admin is always false here; the configuration decides it */
    struct principal principal;
    const char *id, *token_hash;
    /* when the account was last used, in seconds since 1970, or 0 */
    atomic_int_fast64_t used_at;
    /* the last use in the database; only for the database's writer thread */
    int64_t written_at;
};

/* Returns the active account with this token, or NULL. The caller must check whether it has
 * expired. The account lives as long as the arena. Does not block. */
struct account *accounts_find(struct accounts *accounts, str token, arena *a);

/* Returns when the account was last used, in seconds since 1970, as far as this process knows, or 0
 * if it was never used or is not active. */
int64_t accounts_last_use(struct accounts *accounts, const char *token_hash);

/* Returns the counter of failed authentications, which lives as long as the accounts. */
struct failures *accounts_failures(struct accounts *accounts);

/* Returns the mirror that contains the accounts, which lives as long as they do. */
struct mirror *accounts_mirror(struct accounts *accounts);

#endif
