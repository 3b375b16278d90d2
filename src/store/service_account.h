/* Service accounts: their names, their scopes and the hashes of their tokens. auth/account decides
 * what a token permits. These functions block and run inside a job. */
#ifndef STORE_SERVICE_ACCOUNT_H
#define STORE_SERVICE_ACCOUNT_H

#include "store/db.h"
#include "store/owner.h"

enum { TOKEN_HASH_SIZE = 65 }; /* the hexadecimal digits of a SHA-256, and the NUL */

struct service_account {
    const char *id, *name;
    const char *issuer, *user_id; /* the creator of the account; user_id may be NULL */
    const char *token_hash, *token_prefix;
    const char *scopes;               /* a JSON list of strings */
    int64_t created_at;               /* in seconds since 1970, like all times here */
    int64_t expires_at;               /* 0 for never */
    int64_t last_used_at, revoked_at; /* 0 if it has not happened */
};

/* Creates an account. Returns CONFLICT if an active account has this name. Also returns CONFLICT if
 * an account of another owner has had the name, unless the owner is everyone, because the sessions
 * of that account belong to the name. Returns INTERNAL if the owner does not reach the new
 * account. */
MUST_USE agentos_status service_account_create(struct db_conn *conn, const struct owner *owner,
                                               const struct service_account *account,
                                               agentos_error *err);

/* Reads one account, whoever created it. Returns NOT_FOUND "Service account 'ID' not found" if it
 * does not exist. */
MUST_USE agentos_status service_account_get(struct db_conn *conn, const char *id, arena *a,
                                            struct service_account *out, agentos_error *err);

/* Revokes the account. Does nothing if it is revoked already or the owner does not reach it. The
 * stored last_used_at never decreases. */
MUST_USE agentos_status service_account_revoke(struct db_conn *conn, const struct owner *owner,
                                               const char *id, int64_t revoked_at,
                                               int64_t last_used_at, agentos_error *err);

/* Stores when the token was last used. The stored last_used_at never decreases. */
MUST_USE agentos_status service_account_touch(struct db_conn *conn, const char *token_hash,
                                              int64_t last_used_at, agentos_error *err);

enum service_account_order {
    ACCOUNTS_BY_CREATED,
    ACCOUNTS_BY_NAME,
    ACCOUNTS_BY_USE,
    ACCOUNTS_BY_EXPIRY
};

struct service_account_filter {
    bool active_only;
    enum service_account_order order;
    bool ascending;
    int64_t limit, page; /* the first page is 1 */
};

struct service_account_page {
    struct service_account *all; /* allocated in the arena */
    size_t count;
    int64_t total; /* on all pages */
};

MUST_USE agentos_status service_account_list(struct db_conn *conn, const struct owner *owner,
                                             const struct service_account_filter *filter, arena *a,
                                             struct service_account_page *out, agentos_error *err);

/* Reads the accounts that are not revoked, but at most `most`, in the order in which they were
 * created. */
MUST_USE agentos_status service_account_list_active(struct db_conn *conn, size_t most, arena *a,
                                                    struct service_account **out, size_t *count,
                                                    agentos_error *err);
MUST_USE agentos_status service_account_count_active(struct db_conn *conn, int64_t *out,
                                                     agentos_error *err);

#endif
