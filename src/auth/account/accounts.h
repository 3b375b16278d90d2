/* The active service accounts, in memory and shared by all loops: a lookup asks no database, and
 * what is revoked is unknown on every loop at once. The table is immutable and replaced whole,
 * inside the database's order of commits (db_job.committed), so it never falls behind what was
 * confirmed. Changes by another process on the same database are found by account_keeper.h. */
#ifndef AUTH_ACCOUNT_ACCOUNTS_H
#define AUTH_ACCOUNT_ACCOUNTS_H

#include <stdatomic.h>

#include "auth/account/failures.h"
#include "auth/scope/principal.h"
#include "store/service_account.h"

struct accounts;      /* any thread */
struct account_table; /* one state of them; counted */

struct accounts *accounts_new(void);           /* nobody is known */
void accounts_free(struct accounts *accounts); /* NULL is fine */

struct account {
    struct principal principal; /* without is_admin, which the configuration decides */
    const char *id, *token_hash;
    atomic_int_fast64_t used_at; /* seconds; 0: never */
    int64_t written_at;          /* the use that the database knows; of the writer's thread */
};

/* Who has this token, expired or not; NULL: nobody. Good for the arena's life. */
struct account *accounts_find(struct accounts *accounts, str token, arena *a);

/* When it was last used, as far as this process knows; 0: never, or not active. */
int64_t accounts_used_at(struct accounts *accounts, const char *token_hash);

/* Whose failures are counted beside them. */
struct failures *accounts_failures(struct accounts *accounts);

size_t accounts_count(struct accounts *accounts);

/* ---- changing: in a write job ---- */

/* What the database holds now, in a job's `run`; *out is the caller's reference. */
MUST_USE agentos_status account_table_load(struct db_conn *conn, struct account_table **out,
                                           agentos_error *err);
void account_table_release(void *released); /* a reference; NULL is fine; fits arena_defer */

/* From now on it counts, in the same job's `committed`. */
void accounts_take_up(struct accounts *accounts, struct account_table *table);

/* Write the uses that the database does not know yet, an account at most once a minute. */
MUST_USE agentos_status accounts_write_uses(struct accounts *accounts, struct db_conn *conn,
                                            bool all, agentos_error *err);

#endif
