/* The members of remote keys, shared by remote_keys.c and remote_refresh.c. */
#ifndef AUTH_KEYS_REMOTE_KEYS_INTERNAL_H
#define AUTH_KEYS_REMOTE_KEYS_INTERNAL_H

#include <pthread.h>

#include "auth/keys/key_life.h"
#include "auth/keys/remote_keys.h"
#include "loop/timer.h"

enum { ERROR_SIZE = 1024 };

/* The lock is held only for a few assignments, never during a fetch, a callback or a release.
 * Inside it, only the lock of a mailbox is taken (loop_post). */
struct remote_keys {
    /* immutable */
    arena *arena; /* owns the texts of the options */
    const char *name;
    struct key_place place;
    struct jwks_rules rules;
    const struct keys_keeper *keeper;

    atomic_size_t references;
    /* incremented, with the lock held, when `set` is replaced; read without the lock */
    atomic_uint changes;

    pthread_mutex_t lock; /* guards the members down to `loop` */
    /* A reference, or NULL. Only the event loop's thread writes it, and reads it without the
     * lock. */
    struct jwks *set;
    struct key_life life; /* max_stale_s is immutable */
    /* A fetch is in progress or requested. The thread that sets this flag starts the fetch; only
     * the end of the fetch clears it. */
    bool is_fetching;
    /* a list of struct key_waiter */
    struct list waiters;
    size_t waiter_count;    /* the number of linked waiters, at most KEY_WAITERS_MAX */
    char error[ERROR_SIZE]; /* why there is no set */
    /* The event loop that fetches, or NULL before start and after stop. Once it is set, only its
     * thread writes it, and reads it without the lock. */
    struct loop *loop;

    /* only for the event loop's thread */
    struct client *client; /* borrowed; NULL if the keys are not started or have been stopped */
    /* Asks the event loop to start a fetch. Only the thread that has set is_fetching posts it. */
    struct letter request;
    struct timer schedule;   /* stopped while a fetch is under way */
    struct key_fetch *fetch; /* NULL if no fetch is under way */
    enum keys_state state;   /* the state that was last reported */
};

static inline void remote_keys_lock(struct remote_keys *self)
{
    (void)pthread_mutex_lock(&self->lock); /* fails only for a damaged mutex */
}

static inline void remote_keys_unlock(struct remote_keys *self)
{
    (void)pthread_mutex_unlock(&self->lock); /* cannot fail, because this thread holds the lock */
}

/* Returns whether there is a trusted set. Called with the lock held. */
static inline bool remote_keys_are_good(const struct remote_keys *self, int64_t now_s)
{
    return self->set != NULL && key_life_is_good(&self->life, now_s);
}

/* Posts the letters of all waiters and empties the list. Called with the lock held. */
void remote_keys_release_waiters(struct remote_keys *self, int64_t now_s);

/* The callbacks of `request` and `schedule`, on the event loop's thread. */
void remote_keys_on_request(struct letter *letter);
void remote_keys_on_timer(struct timer *timer);

#endif
