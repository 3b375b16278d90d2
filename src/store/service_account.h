/* Service accounts and the hashes of their tokens. All functions block and run inside a job. */
#ifndef STORE_SERVICE_ACCOUNT_H
#define STORE_SERVICE_ACCOUNT_H

#include "store/db.h"
#include "store/owner.h"

enum { TOKEN_HASH_SIZE = 65 }; /* a SHA-256 in hexadecimal, with its NUL */

struct service_account {
    const char *id, *name;
    const char *issuer, *user_id; /* the creator; user_id may be NULL */
    const char *token_hash, *token_prefix;
    const char *scopes;               /* a JSON list of strings */
    int64_t created_at;               /* in seconds since 1970, like all times */
    int64_t expires_at;               /* 0 for never */
    int64_t last_used_at, revoked_at; /* 0 if never */
};

/* Creates an account. Returns CONFLICT if an active account has this name, or if an account that
 * the owner cannot read ever had it, because that account's sessions belong to the name. Returns
 * INTERNAL if the owner may not create the account. */
MUST_USE agentos_status service_account_create(struct db_conn *conn, const struct owner *owner,
                                               const struct service_account *account,
                                               agentos_error *err);

/* Reads an account of any user. Returns NOT_FOUND "Service account 'ID' not found". */
MUST_USE agentos_status service_account_get(struct db_conn *conn, const char *id, arena *a,
                                            struct service_account *out, agentos_error *err);

/* Revokes an active account that the owner may access. last_used_at never decreases. */
MUST_USE agentos_status service_account_revoke(struct db_conn *conn, const struct owner *owner,
                                               const char *id, int64_t revoked_at,
                                               int64_t last_used_at, agentos_error *err);

/* Stores the time of the last use, which never decreases. */
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
    int64_t total; /* all matching accounts */
};

MUST_USE agentos_status service_account_list(struct db_conn *conn, const struct owner *owner,
                                             const struct service_account_filter *filter, arena *a,
                                             struct service_account_page *out, agentos_error *err);

/* Reads up to `max` accounts that are not revoked, oldest first. */
MUST_USE agentos_status service_account_list_active(struct db_conn *conn, size_t max, arena *a,
                                                    struct service_account **out, size_t *count,
                                                    agentos_error *err);
MUST_USE agentos_status service_account_count_active(struct db_conn *conn, int64_t *out,
                                                     agentos_error *err);

/* Whose account this is, if the accounts that made it are followed to whoever made the first. */
struct service_account_root {
    int64_t active; /* accounts of that maker that are not revoked, theirs and those made by them */
    int64_t
        depth; /* accounts between this one and the maker; at most SERVICE_ACCOUNT_CHAIN_MAX + 1 */
};

/* Finds the maker of the account with this id, and counts what they have. */
MUST_USE agentos_status service_account_find_root(struct db_conn *conn, const char *id,
                                                  struct service_account_root *out,
                                                  agentos_error *err);

#endif
