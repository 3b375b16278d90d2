/* The inside of remote keys, for two files only: any thread calls remote_keys.c, and
 * remote_refresh.c fetches the keys on one loop. */
#ifndef AUTH_KEYS_REMOTE_KEYS_INTERNAL_H
#define AUTH_KEYS_REMOTE_KEYS_INTERNAL_H

#include <pthread.h>

#include "auth/keys/key_life.h"
#include "auth/keys/remote_keys.h"
#include "loop/timer.h"

enum { LACK_SIZE = 1024 };

/* While the lock is held, nothing is fetched, reported or freed. It is held only for a few
 * assignments, and the only lock taken inside it is that of a mailbox (loop_post). */
struct remote_keys {
    /* not changed after the keys are made */
    arena *arena; /* owns the texts of the options */
    const char *name;
    struct key_place place;
    struct jwks_rules rules;
    const struct keys_keeper *keeper;

    atomic_size_t references;
    /* incremented, with the lock held, when `set` is replaced; read without the lock */
    atomic_uint changes;

    pthread_mutex_t lock; /* guards the members down to `loop` */
    /* A reference, or NULL if there is no set. Only the loop's thread writes it, so that thread
     * reads it without the lock. */
    struct jwks *set;
    struct key_life life; /* except for max_stale_s, which never changes */
    /* A fetch is under way, or `request` has been posted to begin one. The thread that sets this
     * flag begins the fetch, and only the end of the fetch clears it. */
    bool is_fetching;
    /* a list of struct key_waiter, each of which leaves when a fetch ends or by key_waiter_leave */
    struct list waiters;
    size_t waiter_count;  /* the number of linked waiters, at most KEY_WAITERS_MAX */
    char lack[LACK_SIZE]; /* a sentence that says why there is no set */
    /* The loop that fetches, or NULL if the keys are not started or have been stopped. While it is
     * set, only its thread writes it, and that thread reads it without the lock. */
    struct loop *loop;

    /* only for the loop's thread */
    struct client *client; /* borrowed; NULL if the keys are not started or have been stopped */
    /* Asks the loop's thread to begin a fetch. Only the thread that has set is_fetching posts it,
     * so it is in at most one mailbox. */
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

/* Returns true if there is a set that may be trusted. Called with the lock held. */
static inline bool remote_keys_are_good(const struct remote_keys *self, int64_t now_s)
{
    return self->set != NULL && key_life_is_good(&self->life, now_s);
}

/* Removes all waiters from the list and posts their letters. Called with the lock held. */
void remote_keys_release_waiters(struct remote_keys *self, int64_t now_s);

/* The first is called when the letter `request` is delivered, and the second by the timer
 * `schedule`, both on the loop's thread. */
void remote_keys_on_request(struct letter *letter);
void remote_keys_on_timer(struct timer *timer);

#endif
