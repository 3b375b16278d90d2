/* Keeps the remote key sets of the process in a short list under a lock. A key set that only the
 * pool still references is dropped instead of being fetched again. */
#include "auth/keys/key_pool.h"

#include <pthread.h>

#include "base/clock.h"
#include "base/ensure.h"
#include "base/limits.h"
#include "base/mem.h"

struct key_pool {
    struct keys_keeper keeper; /* this and options are fixed once made */
    struct key_pool_options options;
    pthread_mutex_t
        lock; /* of all below; the keys' own locks are taken inside it, never around it */
    struct remote_keys *all[REMOTE_KEYS_MAX]; /* a reference each */
    size_t count;
    struct loop *loop;     /* that fetches; NULL: not open */
    struct client *client; /* of that loop; NULL: not open */
};

static void lock(struct key_pool *pool)
{
    (void)pthread_mutex_lock(&pool->lock); /* fails only for a damaged mutex */
}

static void unlock(struct key_pool *pool)
{
    (void)pthread_mutex_unlock(&pool->lock);
}

static void tell_owner(void *user, const struct keys_news *news)
{
    const struct key_pool *pool = user;

    if (pool->options.tell != NULL)
        pool->options.tell(pool->options.user, news);
}

static int64_t now_s(void *user)
{
    const struct key_pool *pool = user;

    return pool->options.now_s != NULL ? pool->options.now_s(pool->options.user) : clock_now_s();
}

/* Under the lock: takes the keys out of the list, with their reference. */
static void forget_keys(struct key_pool *pool, const struct remote_keys *keys)
{
    size_t i = 0;

    while (i < pool->count && pool->all[i] != keys)
        i++;
    ensure(i < pool->count);
    pool->all[i] = pool->all[--pool->count];
}

/* Keys that only the pool still has are stopped, and gone. A new reference to them can only come
 * from the list (key_pool_get), so under the lock an unshared set stays unshared. */
static bool may_go_on(void *user, struct remote_keys *keys)
{
    struct key_pool *pool = user;

    lock(pool);
    bool is_shared = remote_keys_is_shared(keys);
    if (!is_shared)
        forget_keys(pool, keys);
    unlock(pool);
    if (is_shared)
        return true;
    remote_keys_stop(keys);
    remote_keys_unref(keys);
    return false;
}

struct key_pool *key_pool_new(const struct key_pool_options *options)
{
    struct key_pool *pool = mem_zeroed(sizeof(*pool));

    if (pthread_mutex_init(&pool->lock, NULL) != 0)
        abort();
    pool->keeper = (struct keys_keeper){ tell_owner, may_go_on, now_s, pool };
    if (options != NULL)
        pool->options = *options;
    return pool;
}

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

void key_pool_open(struct key_pool *pool, struct loop *loop)
{
    lock(pool);
    ensure(loop != NULL && pool->loop == NULL);
    pool->loop = loop;
    pool->client = client_new(loop);
    for (size_t i = 0; i < pool->count; i++)
        remote_keys_start(pool->all[i], pool->loop, pool->client);
    unlock(pool);
}

void key_pool_close(struct key_pool *pool)
{
    lock(pool);
    for (size_t i = 0; i < pool->count; i++)
        remote_keys_stop(pool->all[i]);
    client_free(pool->client);
    pool->client = NULL;
    pool->loop = NULL;
    unlock(pool);
}

/* Under the lock: the keys that these options would make; NULL: they are not here yet. */
static struct remote_keys *find_keys(const struct key_pool *pool,
                                     const struct remote_keys_options *options)
{
    ensure(pool->count <= REMOTE_KEYS_MAX);
    for (size_t i = 0; i < pool->count; i++)
        if (remote_keys_fit(pool->all[i], options))
            return pool->all[i];
    return NULL;
}

/* Under the lock: makes them, with the pool's reference, and has them fetched if it is open. */
static agentos_status add_keys(struct key_pool *pool, const struct remote_keys_options *options,
                               struct remote_keys **out, agentos_error *err)
{
    if (pool->count == REMOTE_KEYS_MAX)
        return fail_about(err, AGENTOS_INVALID, "%s", "more than %d remote key sets", options->name,
                          REMOTE_KEYS_MAX);
    TRY(remote_keys_new(options, &pool->keeper, out, err));
    pool->all[pool->count++] = *out;
    if (pool->loop != NULL)
        remote_keys_start(*out, pool->loop, pool->client);
    return AGENTOS_OK;
}

agentos_status key_pool_get(struct key_pool *pool, const struct remote_keys_options *options,
                            struct remote_keys **out, agentos_error *err)
{
    agentos_status status = AGENTOS_OK;

    ensure(options->name != NULL && options->max_stale_s > 0);
    lock(pool);
    struct remote_keys *keys = find_keys(pool, options);
    if (keys == NULL)
        status = add_keys(pool, options, &keys, err);
    ensure((status == AGENTOS_OK) == (keys != NULL));
    if (status == AGENTOS_OK)
        *out = remote_keys_ref(keys);
    unlock(pool);
    return status;
}
