/* Keeps the active service accounts in memory, keyed by the hexadecimal SHA-256 of their token.
 * These hashes need not be compared in constant time: an attacker who learns some digits of a
 * stored hash would still have to find a token that hashes to them, and map_hash selects the
 * entries to compare under a random key. */
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

/* Gives the principal the scopes of a row. Scopes that are not a list of strings, which this server
 * does not write, grant nothing. */
static void read_scopes(arena *a, const char *text, struct principal *out)
{
    const json_t *list = NULL;

    ensure(out->kind == PRINCIPAL_SERVICE_ACCOUNT && out->held == NULL);
    if (json_parse(a, str_of(text), &list, NULL) != AGENTOS_OK)
        return;
    str *scopes = arena_alloc(a, (json_array_size(list) + 1) * sizeof(*scopes));
    size_t count = 0;

    for (size_t i = 0; i < json_array_size(list) && i < SCOPES_MAX; i++) {
        const json_t *item = json_array_get(list, i);

        if (json_is_string(item))
            scopes[count++] = (str){ json_string_value(item), json_string_length(item) };
    }
    principal_give(out, a, scopes, count);
}

/* Makes the account of a row, whose texts are borrowed. */
static void read_account(arena *a, const struct service_account *row, struct account *out)
{
    out->principal = (struct principal){ .kind = PRINCIPAL_SERVICE_ACCOUNT,
                                         .issuer = "",
                                         .user_id = arena_printf(a, "sa:%s", row->name),
                                         .expires_at = row->expires_at };
    read_scopes(a, row->scopes, &out->principal);
    out->id = row->id;
    out->token_hash = row->token_hash;
    /* Not negative, even if another writer of the database says so: times are subtracted. */
    out->written_at = row->last_used_at > 0 ? row->last_used_at : 0;
    atomic_init(&out->used_at, out->written_at);
}

static void clear_map(void *map)
{
    map_clear(map);
}

/* mirror_kind.read: the active accounts, at most SERVICE_ACCOUNTS_MAX. */
static agentos_status read_table(struct db_conn *conn, arena *a, void **rows, agentos_error *err)
{
    struct account_table *table = arena_alloc(a, sizeof(*table));
    struct service_account *accounts = NULL;

    TRY(service_account_list_active(conn, SERVICE_ACCOUNTS_MAX, a, &accounts, &table->count, err));
    ensure(table->count <= SERVICE_ACCOUNTS_MAX);
    table->all = arena_alloc(a, (table->count + 1) * sizeof(*table->all));
    arena_defer(a, clear_map, &table->by_hash);
    for (size_t i = 0; i < table->count; i++) {
        read_account(a, &accounts[i], &table->all[i]);
        (void)map_put(&table->by_hash, str_of(accounts[i].token_hash),
                      &table->all[i]); /* replaces none: hashes are unique in the table */
    }
    *rows = table;
    return AGENTOS_OK;
}

/* ---- uses, which are written to the database later ---- */

static int64_t last_use(const struct account *account)
{
    return atomic_load_explicit(&account->used_at, memory_order_relaxed);
}

static struct account *find_by_hash(const struct account_table *table, const char *token_hash)
{
    return table != NULL ? map_get(&table->by_hash, str_of(token_hash)) : NULL;
}

/* mirror_kind.carry: copies the uses that are not written yet to the rows that replace theirs. */
static void carry_uses(const void *before, void *after)
{
    const struct account_table *table = after;

    ensure(before == NULL || before != after);
    for (size_t i = 0; table != NULL && i < table->count; i++) {
        struct account *account = &table->all[i];
        const struct account *known = find_by_hash(before, account->token_hash);

        if (known != NULL && last_use(known) > last_use(account))
            atomic_store_explicit(&account->used_at, last_use(known), memory_order_relaxed);
    }
}

/* mirror_kind.write_back: writes the use of an account at most once a minute, unless `all`. A write
 * that is rolled back is repeated with the next use that is a minute younger. */
static agentos_status write_uses(struct db_conn *conn, void *rows, bool all, agentos_error *err)
{
    const struct account_table *table = rows;

    for (size_t i = 0; i < table->count; i++) {
        struct account *account = &table->all[i];
        int64_t used = last_use(account);

        if (used - account->written_at < (all ? 1 : WRITE_USES_EVERY_S))
            continue;
        account->written_at = used;
        TRY(service_account_touch(conn, account->token_hash, used, err));
    }
    return AGENTOS_OK;
}

static const struct mirror_kind account_table_kind = {
    .read = read_table,
    .carry = carry_uses,
    .write_back = write_uses,
};

/* ---- the accounts ---- */

struct accounts *accounts_new(void)
{
    struct accounts *accounts = mem_zeroed(sizeof(*accounts));

    accounts->mirror = mirror_new(&account_table_kind);
    accounts->failures = failures_new();
    return accounts;
}

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

struct account *accounts_find(struct accounts *accounts, str token, arena *a)
{
    char hash[TOKEN_HASH_SIZE];

    ensure(accounts != NULL && a != NULL);
    if (!account_token_is_shaped(token))
        return NULL;
    struct snapshot *present = mirror_hold(accounts->mirror);
    struct account *account = find_by_hash(present->rows, account_token_hash(token, hash));
    if (account != NULL)
        arena_defer(a, snapshot_release, present);
    else
        snapshot_release(present);
    return account;
}

int64_t accounts_last_use(struct accounts *accounts, const char *token_hash)
{
    struct snapshot *present = mirror_hold(accounts->mirror);
    const struct account *account = find_by_hash(present->rows, token_hash);
    int64_t used_at = account != NULL ? last_use(account) : 0;

    snapshot_release(present);
    return used_at;
}
