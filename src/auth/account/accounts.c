/* A map by the hexadecimal SHA-256 of the token. Its comparison need not take constant time: who
 * measured how many digits of a stored hash fit would have to find a token with these digits, and
 * the place that is compared at all hangs on a hash under a random key (map_hash). */
#include "auth/account/accounts.h"

#include <pthread.h>
#include <stdlib.h>

#include "auth/account/account_token.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/mem.h"
#include "json/parse.h"

enum { WRITE_USES_EVERY_S = 60 };

struct account_table {
    atomic_size_t references;
    arena *arena;
    struct map by_hash; /* -> struct account */
    struct account *all;
    size_t count;
};

struct accounts {
    pthread_rwlock_t lock; /* of `table` alone, and held for a lookup in it */
    struct account_table *table;
    struct failures *failures;
};

/* ---- a table ---- */

static struct account_table *table_new(void)
{
    struct account_table *table = mem_zeroed(sizeof(*table));
    atomic_init(&table->references, 1);
    table->arena = arena_new();
    return table;
}

static struct account_table *table_ref(struct account_table *table)
{
    (void)atomic_fetch_add_explicit(&table->references, 1, memory_order_relaxed);
    return table;
}

void account_table_release(void *released)
{
    struct account_table *table = released;

    if (table == NULL || atomic_fetch_sub_explicit(&table->references, 1, memory_order_acq_rel) > 1)
        return;
    map_clear(&table->by_hash);
    arena_free(table->arena);
    free(table);
}

/* What is no list of texts, which only another hand can have written, grants nothing. */
static void read_scopes(arena *a, const char *text, struct principal *who)
{
    const json_t *list = NULL;

    if (json_parse(a, str_of(text), &list, NULL) != AGENTOS_OK)
        return;
    str *scopes = arena_alloc(a, (json_array_size(list) + 1) * sizeof(*scopes));
    size_t count = 0;

    for (size_t i = 0; i < json_array_size(list) && i < SCOPES_MAX; i++) {
        const json_t *item = json_array_get(list, i);

        if (json_is_string(item))
            scopes[count++] = (str){ json_string_value(item), json_string_length(item) };
    }
    principal_give(who, a, scopes, count);
}

static void read_account(arena *a, const struct service_account *row, struct account *out)
{
    out->principal = (struct principal){ .kind = PRINCIPAL_SERVICE_ACCOUNT,
                                         .issuer = "",
                                         .user_id = arena_printf(a, "sa:%s", row->name),
                                         .expires_at = row->expires_at };
    read_scopes(a, row->scopes, &out->principal);
    out->id = row->id;
    out->token_hash = row->token_hash;
    out->written_at = row->last_used_at;
    atomic_init(&out->used_at, row->last_used_at);
}

agentos_status account_table_load(struct db_conn *conn, struct account_table **out,
                                  agentos_error *err)
{
    struct account_table *table = table_new();
    struct service_account *rows = NULL;
    agentos_status status = service_account_list_active(conn, SERVICE_ACCOUNTS_MAX, table->arena,
                                                        &rows, &table->count, err);

    if (status != AGENTOS_OK) {
        account_table_release(table);
        return status;
    }
    table->all = arena_alloc(table->arena, (table->count + 1) * sizeof(*table->all));
    for (size_t i = 0; i < table->count; i++) {
        read_account(table->arena, &rows[i], &table->all[i]);
        (void)map_put(&table->by_hash, str_of(rows[i].token_hash),
                      &table->all[i]); /* hashes are unique */
    }
    *out = table;
    return AGENTOS_OK;
}

/* ---- all of them ---- */

struct accounts *accounts_new(void)
{
    struct accounts *accounts = calloc(1, sizeof(*accounts));

    if (accounts == NULL || pthread_rwlock_init(&accounts->lock, NULL) != 0)
        abort();
    accounts->table = table_new();
    accounts->failures = failures_new();
    return accounts;
}

void accounts_free(struct accounts *accounts)
{
    if (accounts == NULL)
        return;
    account_table_release(accounts->table);
    failures_free(accounts->failures);
    (void)pthread_rwlock_destroy(&accounts->lock); /* nobody holds it */
    free(accounts);
}

struct failures *accounts_failures(struct accounts *accounts)
{
    return accounts->failures;
}

static struct account_table *present_table(struct accounts *accounts)
{
    (void)pthread_rwlock_rdlock(&accounts->lock); /* fails only for who holds it already */
    struct account_table *table = table_ref(accounts->table);
    (void)pthread_rwlock_unlock(&accounts->lock); /* the same */
    return table;
}

size_t accounts_count(struct accounts *accounts)
{
    struct account_table *table = present_table(accounts);
    size_t count = table->count;

    account_table_release(table);
    return count;
}

struct account *accounts_find(struct accounts *accounts, str token, arena *a)
{
    char hash[TOKEN_HASH_SIZE];

    if (!account_token_is_shaped(token))
        return NULL;
    str key = str_of(account_token_hash(token, hash));
    struct account_table *table = present_table(accounts);
    struct account *account = map_get(&table->by_hash, key);
    if (account != NULL)
        arena_defer(a, account_table_release, table);
    else
        account_table_release(table);
    return account;
}

static int64_t used_at(const struct account_table *table, const char *token_hash)
{
    const struct account *account = map_get(&table->by_hash, str_of(token_hash));

    return account != NULL ? atomic_load_explicit(&account->used_at, memory_order_relaxed) : 0;
}

int64_t accounts_used_at(struct accounts *accounts, const char *token_hash)
{
    struct account_table *table = present_table(accounts);
    int64_t result = used_at(table, token_hash);

    account_table_release(table);
    return result;
}

/* Only the database's writer changes the table, so what is read here is still the present one. */
void accounts_take_up(struct accounts *accounts, struct account_table *table)
{
    struct account_table *before = accounts->table;

    for (size_t i = 0; i < table->count; i++) {
        int64_t used = used_at(before, table->all[i].token_hash);

        if (used > atomic_load_explicit(&table->all[i].used_at, memory_order_relaxed))
            atomic_store_explicit(&table->all[i].used_at, used, memory_order_relaxed);
    }
    (void)pthread_rwlock_wrlock(&accounts->lock); /* as in present_table */
    accounts->table = table_ref(table);
    (void)pthread_rwlock_unlock(&accounts->lock);
    account_table_release(before);
}

/* A write that is undone is repeated with the next use that is a minute younger. */
agentos_status accounts_write_uses(struct accounts *accounts, struct db_conn *conn, bool all,
                                   agentos_error *err)
{
    struct account_table *table = accounts->table; /* see accounts_take_up */

    for (size_t i = 0; i < table->count; i++) {
        struct account *account = &table->all[i];
        int64_t used = atomic_load_explicit(&account->used_at, memory_order_relaxed);

        if (used - account->written_at < (all ? 1 : WRITE_USES_EVERY_S))
            continue;
        account->written_at = used;
        TRY(service_account_touch(conn, account->token_hash, used, err));
    }
    return AGENTOS_OK;
}
