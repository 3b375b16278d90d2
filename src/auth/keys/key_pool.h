/* Every remote key set of this process, by where it comes from: a new edition of the configuration
 * finds the sets that the old one fetched. Fetching happens on one loop. */
#ifndef AUTH_KEYS_KEY_POOL_H
#define AUTH_KEYS_KEY_POOL_H

#include "auth/keys/remote_keys.h"

struct key_pool; /* any thread, but for open and close */

/* Both are called on the loop that fetches; NULL: nobody is told, and the time is clock_now_s. */
struct key_pool_options {
    void (*tell)(void *user, const struct keys_news *news); /* each change of a set's state */
    int64_t (*now_s)(void *user);
    void *user;
};

struct key_pool *key_pool_new(const struct key_pool_options *options); /* copied; may be NULL */
void key_pool_free(struct key_pool *pool); /* closed, and nobody has keys of it; NULL is fine */

/* Fetch on this loop, which does not run yet; close before it is freed. Without this nothing is
 * ever fetched: a configuration can be checked. */
void key_pool_open(struct key_pool *pool, struct loop *loop);
void key_pool_close(struct key_pool *pool);

/* The keys for these options, new or shared; the caller's reference. INVALID: as remote_keys_new.
 */
MUST_USE agentos_status key_pool_get(struct key_pool *pool,
                                     const struct remote_keys_options *options,
                                     struct remote_keys **out, agentos_error *err);

#endif
