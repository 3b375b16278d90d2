/* Every remote key set of this process, by where it comes from: a new edition of the configuration
 * finds the sets that the old one fetched. Fetching happens on one loop. */
#ifndef AUTH_KEYS_KEY_POOL_H
#define AUTH_KEYS_KEY_POOL_H

#include "auth/keys/remote_keys.h"

struct key_pool; /* any thread, but for key_pool_open and key_pool_close */

/* Both functions are called on the loop that fetches. If tell is NULL, changes are not reported. If
 * now_s is NULL, clock_now_s is used. */
struct key_pool_options {
    void (*tell)(void *user, const struct keys_news *news); /* each change of a set's state */
    int64_t (*now_s)(void *user);
    void *user;
};

struct key_pool *key_pool_new(const struct key_pool_options *options); /* copied; may be NULL */
void key_pool_free(struct key_pool *pool); /* closed, or never opened; NULL is allowed */

/* Starts to fetch keys on this loop, which must not run yet. The caller must close the pool after
 * the loop has ended and before the loop is freed. A pool that is never opened fetches nothing;
 * that is the case when a configuration is only checked. */
void key_pool_open(struct key_pool *pool, struct loop *loop);
void key_pool_close(struct key_pool *pool);

/* Stores a reference to the keys for these options, which may be new or shared, in *out; the caller
 * must release it with remote_keys_unref. Returns INVALID for the same reasons as remote_keys_new,
 * or with "NAME: more than N remote key sets". */
MUST_USE agentos_status key_pool_get(struct key_pool *pool,
                                     const struct remote_keys_options *options,
                                     struct remote_keys **out, agentos_error *err);

#endif
