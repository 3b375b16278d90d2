/* A key set on another server: fetched in the background by one loop, read by all threads. A good
 * set stays in use through failures, for a while. key_life.h has the rules of that, key_fetch.h
 * fetches. */
#ifndef AUTH_KEYS_REMOTE_KEYS_H
#define AUTH_KEYS_REMOTE_KEYS_H

#include "auth/keys/key_fetch.h"
#include "auth/keys/keyring.h"
#include "base/list.h"
#include "jose/jwks.h"

enum {
    KEY_WAITERS_MAX = 256, /* requests that may wait for one fetch; others are answered at once */
};

/* Counted: the pool and each verifier hold a reference. Functions are for any thread and do not
 * block, unless said otherwise. */
struct remote_keys;

/* A change of state that the operator should know; borrowed for the call. */
struct keys_news {
    const char *name; /* of the source */
    enum keys_state {
        KEYS_UNKNOWN, /* nothing has been fetched yet */
        KEYS_GOOD,    /* the set has been fetched, or has changed */
        KEYS_FAILING, /* a fetch failed; the last good set stays in use */
        KEYS_LOST,    /* it has become too old, or there never was one */
    } state;
    size_t count;    /* usable keys */
    const char *why; /* of a failure; else what was skipped, or "" */
};

struct remote_keys_options {
    const char *name; /* in sentences: "authorization.issuers[0].jwks_url" */
    struct key_place place;
    struct jwks_rules rules;
    int64_t max_stale_s;
};

/* What remote keys ask of the pool that keeps them (key_pool.c). All are called on the loop that
 * fetches, without the keys' lock. */
struct keys_keeper {
    void (*tell)(void *user, const struct keys_news *news); /* each change of state */
    /* Before each scheduled fetch; false: the keeper has stopped the keys and given up its
     * reference, so they may be gone. */
    bool (*may_go_on)(void *user, struct remote_keys *keys);
    int64_t (*now_s)(void *user); /* since 1970 */
    void *user;
};

/* Creates keys that are not started yet, and stores the caller's reference to them in *out. The
 * options are copied; the keeper must outlive the keys. Returns INVALID if keys may not be fetched
 * from the URL. */
MUST_USE agentos_status remote_keys_new(const struct remote_keys_options *options,
                                        const struct keys_keeper *keeper, struct remote_keys **out,
                                        agentos_error *err);
struct remote_keys *remote_keys_ref(struct remote_keys *keys);
/* Releases a reference. The last one frees the keys, which must have been stopped by then, if they
 * were started. NULL is allowed. */
void remote_keys_unref(struct remote_keys *keys);
bool remote_keys_is_shared(const struct remote_keys *keys); /* by more than one reference */

/* Returns true if keys made from these options would be the same keys. Names are not compared. */
bool remote_keys_fit(const struct remote_keys *keys, const struct remote_keys_options *options);

const char *remote_keys_name(const struct remote_keys *keys);

/* ---- fetching ---- */

/* Starts to fetch the keys on this loop, with this client of the loop. The client must live until
 * remote_keys_stop. The keys must not be started. */
void remote_keys_start(struct remote_keys *keys, struct loop *loop, struct client *client);

/* Stops fetching the keys. Must be called on the loop's thread, or after that thread has ended. May
 * be called again. */
void remote_keys_stop(struct remote_keys *keys);

/* Drops a set that is too old, and begins a fetch if one is due. Called on the loop's thread, at
 * least once a minute by the keys' own timer. The keys may be freed by this (see may_go_on). */
void remote_keys_tick(struct remote_keys *keys);

/* ---- reading ---- */

/* Returns a new reference to the present set, or NULL if there is no set that may be trusted. The
 * caller must release it with jwks_unref. */
struct jwks *remote_keys_take(struct remote_keys *keys, int64_t now_s);

/* Returns a stamp that holds until the set is next replaced. The caller must take the stamp before
 * the set, so that a replacement in between is noticed. */
struct key_stamp remote_keys_stamp(const struct remote_keys *keys);

/* Returns the seconds until the next fetch is due. Returns 0 if it is due now or under way. */
int64_t remote_keys_due_in_s(struct remote_keys *keys, int64_t now_s);

/* Returns a sentence that says why remote_keys_take returned NULL. It may be allocated in the
 * arena. */
const char *remote_keys_lack(struct remote_keys *keys, arena *a);

/* ---- waiting for a key that may have been published since ---- */

/* A request that waits for a fetch. The caller's, at one place until its letter is delivered or
 * key_waiter_leave gives true. */
struct key_waiter {
    struct letter letter; /* delivered on home once a fetch has ended; the caller sets deliver */
    struct loop *home;    /* set by the caller */
    struct list node;     /* in the keys' list of waiters, under their lock */
    uint64_t kid_hash;
    struct remote_keys *keys;
};

/* What a refused request might wait for; keys NULL: nothing. Borrowed from its authority and arena.
 */
struct keys_wanted {
    struct remote_keys *keys;
    str kid;
};

/* Returns true if a fetch that is allowed now, or is under way, could bring a key with this kid. An
 * empty kid stands for any key. Changes nothing. */
bool remote_keys_may_bring(struct remote_keys *keys, str kid, int64_t now_s);

/* Has the keys fetched because of this kid, or joins the fetch under way. Returns false if neither
 * is allowed; then no letter is delivered. */
MUST_USE bool remote_keys_wait(struct remote_keys *keys, str kid, int64_t now_s,
                               struct key_waiter *waiter);

/* Stops waiting. Returns true if the letter will not be delivered, or false if it was already
 * posted. */
bool key_waiter_leave(struct key_waiter *waiter);

#endif
