/* All remote key sets of this process, found by their source, so that a new edition of the
 * configuration uses the sets that the old one fetched. One loop fetches all of them. */
#ifndef AUTH_KEYS_KEY_POOL_H
#define AUTH_KEYS_KEY_POOL_H

#include "auth/keys/remote_keys.h"

/* Any thread may call key_pool_get. The other functions are for the thread that owns the pool. */
struct key_pool;

/* The callbacks of a pool, which are called on the loop that fetches. If tell is NULL, changes are
 * not reported. If now_s is NULL, clock_now_s is used. */
struct key_pool_options {
    /* called for each change of a set's state */
    void (*tell)(void *user, const struct keys_news *news);
    int64_t (*now_s)(void *user);
    void *user;
};

/* the options are copied, and may be NULL */
struct key_pool *key_pool_new(const struct key_pool_options *options);
/* The pool must be closed, or never have been opened. NULL is allowed. */
void key_pool_free(struct key_pool *pool);

/* Starts to fetch keys on this loop, which must not run yet. The caller must close the pool after
 * the loop has ended and before the loop is freed. A pool that is never opened fetches nothing;
 * that is the case when a configuration is only checked. */
void key_pool_open(struct key_pool *pool, struct loop *loop);
void key_pool_close(struct key_pool *pool);

/* Stores a reference to the keys for these options, which may be new or shared, in *out; the
 * caller must release it with remote_keys_unref. Does not wait for a fetch. Returns INVALID for
 * the same reasons as remote_keys_new, or with "NAME: more than N remote key sets". */
MUST_USE agentos_status key_pool_get(struct key_pool *pool,
                                     const struct remote_keys_options *options,
                                     struct remote_keys **out, agentos_error *err);

#endif
