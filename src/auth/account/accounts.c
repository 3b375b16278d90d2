/* The active service accounts in memory, keyed by the SHA-256 of their token. */
#include "auth/account/accounts.h"

#include <stdlib.h>

#include "auth/account/account_token.h"
#include "base/ensure.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/mem.h"
#include "json/parse.h"

enum { WRITE_USES_EVERY_S = 60 };

/* The rows of the mirror. */
struct account_table {
    struct map by_hash; /* -> struct account */
    struct account *all;
    size_t count;
};

struct accounts {
    struct mirror *mirror;
    struct failures *failures;
};

/* ---- reading the table ---- */

/* Views the strings among the first item_count items. `scopes` holds item_count. */
static size_t view_strings(const json_t *list, size_t item_count, str *scopes)
{
    size_t count = 0;

    for (size_t i = 0; i < item_count; i++) {
        const json_t *item = json_array_get(list, i);

        if (json_is_string(item))
            scopes[count++] = json_view(item);
    }
    ensure(count <= item_count);
    return count;
}

/* Parses up to SCOPES_MAX scopes of a row. Anything but an array of strings grants nothing. */
static void read_scopes(arena *a, const char *text, struct principal *out)
{
    const json_t *list = NULL;

    ensure(out->kind == PRINCIPAL_SERVICE_ACCOUNT);
    ensure(out->held == NULL); /* set once */
    if (json_parse(a, str_of(text), &list, NULL) != AGENTOS_OK)
        return;
    size_t item_count = json_array_size(list); /* 0 if it is not an array */
    if (item_count > SCOPES_MAX)
        item_count = SCOPES_MAX;
    str *scopes = arena_array(a, item_count, sizeof(*scopes));
    size_t scope_count = view_strings(list, item_count, scopes);
    principal_set_scopes(out, a, scopes, scope_count);
}

/* Fills in *out from a row, whose texts it borrows. */
static void read_account(arena *a, const struct service_account *row, struct account *out)
{
    out->principal = (struct principal){ .kind = PRINCIPAL_SERVICE_ACCOUNT,
                                         .issuer = "",
                                         .user_id = arena_printf(a, "sa:%s", row->name),
                                         .expires_at = row->expires_at };
    read_scopes(a, row->scopes, &out->principal);
    out->id = row->id;
    out->token_hash = row->token_hash;
    /* Another program may have written a negative time, and times are subtracted later. */
    out->written_at = row->last_used_at > 0 ? row->last_used_at : 0;
    atomic_init(&out->used_at, out->written_at);
}

/* Calls map_clear. Takes void * for arena_defer. */
static void clear_map(void *map)
{
    map_clear(map);
}

/* Implements mirror_kind.read: reads the active accounts into a new table in the arena. */
static agentos_status read_table(struct db_conn *conn, arena *a, void **rows, agentos_error *err)
{
    struct account_table *table = arena_alloc(a, sizeof(*table));
    struct service_account *accounts = NULL;

    TRY(service_account_list_active(conn, SERVICE_ACCOUNTS_MAX, a, &accounts, &table->count, err));
    ensure(table->count <= SERVICE_ACCOUNTS_MAX);
    table->all = arena_array(a, table->count, sizeof(*table->all));
    arena_defer(a, clear_map, &table->by_hash); /* the map also uses the heap */
    for (size_t i = 0; i < table->count; i++) {
        struct account *account = &table->all[i];

        read_account(a, &accounts[i], account);
        /* The hash is unique in the database. */
        (void)map_put(&table->by_hash, str_of(account->token_hash), account);
    }
    *rows = table;
    return AGENTOS_OK;
}

/* ---- uses, which are written to the database later ---- */

/* Returns when the account was last used, in seconds since 1970, or 0. Thread-safe. */
static int64_t last_use(const struct account *account)
{
    return atomic_load_explicit(&account->used_at, memory_order_relaxed);
}

/* Returns the account with this token hash, or NULL. The table is NULL before the first read. */
static struct account *find_by_hash(const struct account_table *table, const char *token_hash)
{
    if (table == NULL)
        return NULL;
    return map_get(&table->by_hash, str_of(token_hash));
}

/* Implements mirror_kind.copy_state: copies later times of use to the new table. */
static void copy_uses(const void *before, void *after)
{
    const struct account_table *old_table = before;
    struct account_table *new_table = after;

    if (old_table == NULL || new_table == NULL)
        return;
    ensure(old_table != new_table);
    for (size_t i = 0; i < new_table->count; i++) {
        struct account *account = &new_table->all[i];
        const struct account *old = find_by_hash(old_table, account->token_hash);

        if (old == NULL)
            continue;
        int64_t old_use = last_use(old); /* other threads may change it */
        if (old_use > last_use(account))
            atomic_store_explicit(&account->used_at, old_use, memory_order_relaxed);
    }
}

/* Implements mirror_kind.write_back: writes times of use, at most once a minute unless `all`. */
static agentos_status write_uses(struct db_conn *conn, void *rows, bool all, agentos_error *err)
{
    const struct account_table *table = rows;
    const int64_t least_change_s = all ? 1 : WRITE_USES_EVERY_S;

    ensure(table->count <= SERVICE_ACCOUNTS_MAX);
    for (size_t i = 0; i < table->count; i++) {
        struct account *account = &table->all[i];
        int64_t used_at = last_use(account);

        if (used_at - account->written_at < least_change_s)
            continue;
        account->written_at = used_at;
        TRY(service_account_touch(conn, account->token_hash, used_at, err));
    }
    return AGENTOS_OK;
}

static const struct mirror_kind account_table_kind = {
    .read = read_table,
    .copy_state = copy_uses,
    .write_back = write_uses,
};

/* ---- the accounts ---- */

/* Creates an empty collection, to be freed with accounts_free. */
struct accounts *accounts_new(void)
{
    struct accounts *accounts = mem_zeroed(sizeof(*accounts));

    accounts->mirror = mirror_new(&account_table_kind);
    accounts->failures = failures_new();
    return accounts;
}

/* Frees the accounts, which no thread may still use. NULL is allowed. */
void accounts_free(struct accounts *accounts)
{
    if (accounts == NULL)
        return;
    mirror_free(accounts->mirror);
    failures_free(accounts->failures);
    free(accounts);
}

struct failures *accounts_failures(struct accounts *accounts)
{
    return accounts->failures;
}

struct mirror *accounts_mirror(struct accounts *accounts)
{
    return accounts->mirror;
}

/* Returns the active account with this token, or NULL. It lives as long as the arena. */
struct account *accounts_find(struct accounts *accounts, str token, arena *a)
{
    char hash[TOKEN_HASH_SIZE];

    ensure(accounts != NULL && a != NULL);
    if (!account_token_is_well_formed(token))
        return NULL;
    (void)account_token_hash(token, hash); /* returns hash */
    struct snapshot *snapshot = mirror_hold(accounts->mirror);
    struct account *account = find_by_hash(snapshot->rows, hash);
    if (account == NULL) {
        snapshot_release(snapshot);
        return NULL;
    }
    arena_defer(a, snapshot_release, snapshot);
    return account;
}

/* Returns when the account was last used, in seconds since 1970, or 0. */
int64_t accounts_last_use(struct accounts *accounts, const char *token_hash)
{
    int64_t used_at = 0;

    ensure(accounts != NULL);
    struct snapshot *snapshot = mirror_hold(accounts->mirror);
    const struct account *account = find_by_hash(snapshot->rows, token_hash);
    if (account != NULL)
        used_at = last_use(account);
    snapshot_release(snapshot);
    return used_at;
}
