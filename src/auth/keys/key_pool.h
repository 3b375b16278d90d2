/* All remote key sets of this process, fetched by one event loop and shared by their source. A
 * reloaded configuration reuses the sets of the previous one. */
#ifndef AUTH_KEYS_KEY_POOL_H
#define AUTH_KEYS_KEY_POOL_H

#include "auth/keys/remote_keys.h"

/* key_pool_get is thread-safe. The other functions are for the owner's thread. */
struct key_pool;

/* Callbacks on the event loop that fetches. on_change may be NULL; now_s defaults to
 * clock_now_s. */
struct key_pool_options {
    /* called for each change of a set's state */
    void (*on_change)(void *user, const struct keys_news *news);
    int64_t (*now_s)(void *user);
    void *user;
};

/* Copies the options, which may be NULL. */
struct key_pool *key_pool_new(const struct key_pool_options *options);
/* The pool must not be open. NULL is allowed. */
void key_pool_free(struct key_pool *pool);

/* Starts fetching keys on this event loop, which must not run yet. The caller must close the pool
 * after the loop has ended and before it is freed. A pool that is never opened fetches nothing, as
 * when a configuration is only checked. */
void key_pool_open(struct key_pool *pool, struct loop *loop);
void key_pool_close(struct key_pool *pool);

/* Stores a reference to new or shared keys for these options in *out, to be released with
 * remote_keys_unref. Does not wait for a fetch. Returns INVALID for the same reasons as
 * remote_keys_new, or with "NAME: more than N remote key sets". */
MUST_USE agentos_status key_pool_get(struct key_pool *pool,
                                     const struct remote_keys_options *options,
                                     struct remote_keys **out, agentos_error *err);

#endif
