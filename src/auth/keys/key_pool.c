/* The remote key sets of the process. Sets that only the pool references are dropped. */
#include "auth/keys/key_pool.h"

#include <pthread.h>

#include "base/clock.h"
#include "base/ensure.h"
#include "base/limits.h"
#include "base/mem.h"

struct key_pool {
    struct keys_keeper keeper; /* immutable, like the options */
    struct key_pool_options options;
    pthread_mutex_t lock;                     /* guards all below; taken before the locks of keys */
    struct remote_keys *all[REMOTE_KEYS_MAX]; /* a reference each */
    size_t count;
    struct loop *loop;     /* the event loop that fetches; NULL if not open */
    struct client *client; /* of that loop; NULL if not open */
};

static void lock_pool(struct key_pool *pool)
{
    (void)pthread_mutex_lock(&pool->lock); /* fails only for a damaged mutex */
}

static void unlock_pool(struct key_pool *pool)
{
    (void)pthread_mutex_unlock(&pool->lock); /* cannot fail: this thread holds the lock */
}

/* Implements keys_keeper.on_change: passes the change to the owner of the pool. */
static void report_change(void *user, const struct keys_news *news)
{
    const struct key_pool *pool = user;

    if (pool->options.on_change != NULL)
        pool->options.on_change(pool->options.user, news);
}

/* Implements keys_keeper.now_s with the owner's clock, or the system clock. */
static int64_t read_clock(void *user)
{
    const struct key_pool *pool = user;

    if (pool->options.now_s != NULL)
        return pool->options.now_s(pool->options.user);
    return clock_now_s();
}

/* Removes the keys. The caller gets the list's reference. Called with the lock held. */
static void remove_keys(struct key_pool *pool, const struct remote_keys *keys)
{
    size_t i = 0;

    ensure(pool->count > 0 && pool->count <= REMOTE_KEYS_MAX);
    while (i < pool->count && pool->all[i] != keys)
        i++;
    ensure(i < pool->count);
    pool->count--;
    pool->all[i] = pool->all[pool->count]; /* the list is unordered */
}

/* Implements keys_keeper.may_fetch: removes and frees keys that only the pool references. */
static bool keep_if_shared(void *user, struct remote_keys *keys)
{
    struct key_pool *pool = user;

    lock_pool(pool);
    bool is_shared = remote_keys_is_shared(keys);
    if (!is_shared)
        remove_keys(pool, keys);
    unlock_pool(pool);
    if (is_shared)
        return true;
    remote_keys_stop(keys);
    remote_keys_unref(keys);
    return false;
}

/* Creates a pool that is not open. Copies the options, which may be NULL. */
struct key_pool *key_pool_new(const struct key_pool_options *options)
{
    struct key_pool *pool = mem_zeroed(sizeof(*pool));
    int error = pthread_mutex_init(&pool->lock, NULL);

    ensure(error == 0);
    pool->keeper.on_change = report_change;
    pool->keeper.may_fetch = keep_if_shared;
    pool->keeper.now_s = read_clock;
    pool->keeper.user = pool;
    if (options != NULL)
        pool->options = *options;
    return pool;
}

/* Frees the pool, which must not be open, and its references. NULL is allowed. */
void key_pool_free(struct key_pool *pool)
{
    if (pool == NULL)
        return;
    ensure(pool->loop == NULL && pool->client == NULL); /* closed */
    for (size_t i = 0; i < pool->count; i++)
        remote_keys_unref(pool->all[i]);
    (void)pthread_mutex_destroy(&pool->lock); /* nobody holds it */
    free(pool);
}

/* Starts fetching all keys on this event loop, which must not run yet, and keys added later. */
void key_pool_open(struct key_pool *pool, struct loop *loop)
{
    ensure(loop != NULL);
    lock_pool(pool);
    ensure(pool->loop == NULL && pool->client == NULL); /* not open */
    pool->loop = loop;
    pool->client = client_new(loop);
    for (size_t i = 0; i < pool->count; i++)
        remote_keys_start(pool->all[i], pool->loop, pool->client);
    unlock_pool(pool);
}

/* Stops all fetches and keeps the keys. The event loop must have ended. */
void key_pool_close(struct key_pool *pool)
{
    lock_pool(pool);
    for (size_t i = 0; i < pool->count; i++)
        remote_keys_stop(pool->all[i]);
    client_free(pool->client);
    pool->client = NULL;
    pool->loop = NULL;
    unlock_pool(pool);
}

/* Returns the listed keys with the same options, or NULL. Called with the lock held. */
static struct remote_keys *find_keys(const struct key_pool *pool,
                                     const struct remote_keys_options *options)
{
    ensure(pool->count <= REMOTE_KEYS_MAX);
    for (size_t i = 0; i < pool->count; i++)
        if (remote_keys_fit(pool->all[i], options))
            return pool->all[i];
    return NULL;
}

/* Creates keys and adds them to the list, which owns them. Called with the lock held. */
static agentos_status add_keys(struct key_pool *pool, const struct remote_keys_options *options,
                               struct remote_keys **out, agentos_error *err)
{
    struct remote_keys *keys = NULL;

    ensure((pool->loop == NULL) == (pool->client == NULL));
    if (pool->count == REMOTE_KEYS_MAX)
        return fail_about(err, AGENTOS_INVALID, "%s", "more than %d remote key sets", options->name,
                          REMOTE_KEYS_MAX);
    TRY(remote_keys_new(options, &pool->keeper, &keys, err));
    pool->all[pool->count++] = keys;
    if (pool->loop != NULL)
        remote_keys_start(keys, pool->loop, pool->client);
    *out = keys;
    return AGENTOS_OK;
}

/* Stores a new reference to new or shared keys in *out. Thread-safe. */
agentos_status key_pool_get(struct key_pool *pool, const struct remote_keys_options *options,
                            struct remote_keys **out, agentos_error *err)
{
    agentos_status status = AGENTOS_OK;

    ensure(options->name != NULL && options->max_stale_s > 0);
    lock_pool(pool);
    struct remote_keys *keys = find_keys(pool, options);
    if (keys == NULL)
        status = add_keys(pool, options, &keys, err);
    if (status == AGENTOS_OK)
        *out = remote_keys_ref(keys);
    unlock_pool(pool);
    return status;
}
