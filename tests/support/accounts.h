/* Rows of service accounts for tests, each with a token of its own. */
#ifndef SUPPORT_ACCOUNTS_H
#define SUPPORT_ACCOUNTS_H

#include "auth/account/account_token.h"
#include "auth/account/accounts.h"
#include "store.h"
#include "store/service_account.h"

enum { ACCOUNTS_NOW = 1795288566 };

#define FIRST_TOKEN  "agno_pat_EwaPtTYji4DWntlnBSssmRLkJFJFKcVVZ4LNmSMBQax"
#define SECOND_TOKEN "agno_pat_hxlEfkvWGMLmrO0IXL5iXeymlgq44rBgMwpqeZlBYuN"
#define THIRD_TOKEN  "agno_pat_uwHrL6PtYeNAhgLWRDSeOtlIcCdLcYlPYOHVsGO2LfC"

/* Made by user_id of the plain issuer, and good for an hour; the id is the name in capitals. */
static inline struct service_account account_of(arena *a, const char *name, const char *token,
                                                const char *user_id)
{
    char *id = arena_copy(a, str_of(name));
    char *hash = arena_alloc(a, TOKEN_HASH_SIZE);

    for (char *c = id; *c != '\0'; c++)
        *c = (char)(*c >= 'a' && *c <= 'z' ? *c - 'a' + 'A' : *c);
    return (struct service_account){ .id = id,
                                     .name = name,
                                     .issuer = "",
                                     .user_id = user_id,
                                     .token_hash = account_token_hash(str_of(token), hash),
                                     .token_prefix = "agno_pat_xxxxxxx",
                                     .scopes = "[\"agents:run\",\"sessions:read\"]",
                                     .created_at = ACCOUNTS_NOW,
                                     .expires_at = ACCOUNTS_NOW + 3600 };
}

static inline void account_put(struct db_conn *conn, const struct service_account *account)
{
    assert_int_equal(service_account_create(conn, &everyone, account, NULL), AGENTOS_OK);
}

/* What the database holds takes effect, as after a write job. */
static inline void accounts_reread(struct accounts *accounts, struct db_conn *conn)
{
    struct snapshot *snapshot = NULL;

    assert_int_equal(mirror_read(accounts_mirror(accounts), conn, &snapshot, NULL), AGENTOS_OK);
    mirror_replace(accounts_mirror(accounts), snapshot);
    snapshot_release(snapshot);
}

#endif
