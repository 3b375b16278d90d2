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

struct accounts; /* any thread */

struct accounts *accounts_new(void);           /* no account is known */
void accounts_free(struct accounts *accounts); /* NULL is fine */

struct account {
    struct principal principal; /* without is_admin, which the configuration decides */
    const char *id, *token_hash;
    atomic_int_fast64_t used_at; /* seconds; 0: never */
    int64_t written_at;          /* the use that the database knows; of the writer's thread */
};

/* The account with this token, expired or not; NULL: no active account has it. It lives as long as
 * the arena. */
struct account *accounts_find(struct accounts *accounts, str token, arena *a);

/* When the account was last used, as far as this process knows; 0: never, or it is not active. */
int64_t accounts_last_use(struct accounts *accounts, const char *token_hash);

/* The count of failed authentications, of the accounts' life. */
struct failures *accounts_failures(struct accounts *accounts);

/* The mirror that holds them, for changes of the table and for mirror_sync.h. */
struct mirror *accounts_mirror(struct accounts *accounts);

#endif
