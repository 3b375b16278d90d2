/* Service accounts: names, scopes and the hashes of their tokens. What a token may do is auth's
 * business. These functions block and run inside a job. */
#ifndef STORE_SERVICE_ACCOUNT_H
#define STORE_SERVICE_ACCOUNT_H

#include "store/db.h"
#include "store/owner.h"

enum { TOKEN_HASH_SIZE = 65 }; /* hexadecimal digits of a SHA-256, and NUL */

struct service_account {
    const char *id, *name;
    const char *issuer, *user_id; /* who made it; user_id NULL: nobody in particular */
    const char *token_hash, *token_prefix;
    const char *scopes;               /* a JSON list of texts */
    int64_t created_at;               /* seconds, as all times here */
    int64_t expires_at;               /* 0: never */
    int64_t last_used_at, revoked_at; /* 0: not yet */
};

/* CONFLICT: an active account has this name; or the name was another owner's, for who is not
 * everyone, since its sessions come with the name. INTERNAL: it would not be within the owner's
 * reach. */
MUST_USE agentos_status service_account_create(struct db_conn *conn, const struct owner *owner,
                                               const struct service_account *account,
                                               agentos_error *err);

/* Whoever made it. NOT_FOUND: "Service account 'ID' not found". */
MUST_USE agentos_status service_account_get(struct db_conn *conn, const char *id, arena *a,
                                            struct service_account *out, agentos_error *err);

/* Nothing happens to one that is revoked already, or out of reach. last_used_at only grows. */
MUST_USE agentos_status service_account_revoke(struct db_conn *conn, const struct owner *owner,
                                               const char *id, int64_t revoked_at,
                                               int64_t last_used_at, agentos_error *err);

/* last_used_at only grows. */
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
    int64_t limit, page; /* page counts from 1 */
};

struct service_account_page {
    struct service_account *all; /* from the arena */
    size_t count;
    int64_t total; /* on all pages */
};

MUST_USE agentos_status service_account_list(struct db_conn *conn, const struct owner *owner,
                                             const struct service_account_filter *filter, arena *a,
                                             struct service_account_page *out, agentos_error *err);

/* All that are not revoked; not more than `most`, in the order in which they were made. */
MUST_USE agentos_status service_account_list_active(struct db_conn *conn, size_t most, arena *a,
                                                    struct service_account **out, size_t *count,
                                                    agentos_error *err);
MUST_USE agentos_status service_account_count_active(struct db_conn *conn, int64_t *out,
                                                     agentos_error *err);

#endif
