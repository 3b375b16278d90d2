/* The inside of remote keys, shared by remote_keys.c, which any thread reads, and
 * remote_refresh.c, which fetches on one loop; for no other file. */
#ifndef AUTH_KEYS_REMOTE_KEYS_INTERNAL_H
#define AUTH_KEYS_REMOTE_KEYS_INTERNAL_H

#include <pthread.h>

#include "auth/keys/key_life.h"
#include "auth/keys/remote_keys.h"
#include "loop/timer.h"

enum { LACK_SIZE = 1024 };

/* Nothing is fetched, told or freed under the lock: it is held for a few stores, and a mailbox's
 * lock is the only one that is taken inside it (loop_post). */
struct remote_keys {
    /* fixed once made */
    arena *arena; /* for the texts of the options */
    const char *name;
    struct key_place place;
    struct jwks_rules rules;
    const struct keys_keeper *keeper;

    atomic_size_t references;
    atomic_uint changes; /* counted up with each exchange of `set`, under the lock; read without */

    pthread_mutex_t lock; /* of the members up to `loop` */
    struct jwks *set;     /* a reference; NULL: none. Written by the loop's thread alone, which
                           * therefore reads it without the lock */
    struct key_life life; /* but max_stale_s, which is fixed */
    bool is_fetching;     /* a fetch is under way, or `request` is on its way to begin one: whoever
                           * sets this begins it, and only the end of a fetch clears it */
    struct list waiters;  /* of struct key_waiter; each leaves by the end of a fetch or by itself */
    size_t waiter_count;  /* how many are linked; at most KEY_WAITERS_MAX */
    char lack[LACK_SIZE]; /* why there is no set: a sentence */
    struct loop *loop;    /* that fetches; NULL: not started, or stopped. While it is set its thread
                           * alone writes it, and reads it without the lock */

    /* of the loop's thread alone */
    struct client *client;   /* borrowed; NULL: not started, or stopped */
    struct letter request;   /* from a thread that wants a fetch; posted by whoever has set
                              * is_fetching, so it is in one mailbox at most */
    struct timer schedule;   /* stopped while a fetch is under way */
    struct key_fetch *fetch; /* NULL: none is under way */
    enum keys_state state;   /* as it was told last */
};

static inline void remote_keys_lock(struct remote_keys *self)
{
    (void)pthread_mutex_lock(&self->lock); /* fails only for a damaged mutex */
}

static inline void remote_keys_unlock(struct remote_keys *self)
{
    (void)pthread_mutex_unlock(&self->lock); /* the same */
}

/* Returns true if there is a set that may be trusted. Called with the lock held. */
static inline bool remote_keys_are_good(const struct remote_keys *self, int64_t now_s)
{
    return self->set != NULL && key_life_is_good(&self->life, now_s);
}

/* Removes all waiters from the list and posts their letters. Called with the lock held. */
void remote_keys_release_waiters(struct remote_keys *self, int64_t now_s);

/* Called by the letter `request` and by the timer `schedule`, on the loop's thread. */
void remote_keys_on_request(struct letter *letter);
void remote_keys_on_timer(struct timer *timer);

#endif
