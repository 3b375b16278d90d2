/* A key set on another server, which one loop fetches in the background and which all threads read.
 * A good set stays in use for a while even if later fetches fail. key_life.h has the rules for
 * this, and key_fetch.h does the fetching. */
#ifndef AUTH_KEYS_REMOTE_KEYS_H
#define AUTH_KEYS_REMOTE_KEYS_H

#include "auth/keys/key_fetch.h"
#include "auth/keys/keyring.h"
#include "base/list.h"
#include "jose/jwks.h"

enum {
    /* how many requests may wait for one fetch; further ones are answered at once */
    KEY_WAITERS_MAX = 256,
};

/* Remote keys have a reference count: the pool and each verifier hold a reference. Any thread may
 * call these functions, and they do not block, unless stated otherwise. */
struct remote_keys;

/* A change of state that the operator should know. All members are borrowed for the call. */
struct keys_news {
    const char *name; /* the name of the key source in messages */
    enum keys_state {
        KEYS_UNKNOWN, /* nothing has been fetched yet */
        KEYS_GOOD,    /* the set has been fetched, or has changed */
        KEYS_FAILING, /* a fetch failed; the last good set stays in use */
        KEYS_LOST,    /* it has become too old, or there never was one */
    } state;
    size_t count;    /* the number of usable keys */
    const char *why; /* why a fetch failed; or else which keys were skipped, or an empty text */
};

struct remote_keys_options {
    const char *name; /* the name in messages, such as "authorization.issuers[0].jwks_url" */
    struct key_place place;
    struct jwks_rules rules;
    int64_t max_stale_s;
};

/* The callbacks by which remote keys reach the pool that keeps them (key_pool.c). They are called
 * on the loop that fetches, while the keys' lock is not held. */
struct keys_keeper {
    void (*tell)(void *user, const struct keys_news *news); /* called for each change of state */
    /* Called before each scheduled fetch. Returns false if the keeper has stopped the keys and
     * given up its reference, in which case the keys may have been freed. */
    bool (*may_go_on)(void *user, struct remote_keys *keys);
    int64_t (*now_s)(void *user); /* returns seconds since 1970 */
    void *user;
};

/* Creates keys that are not started yet, and stores the caller's reference to them in *out. The
 * options are copied; the keeper must outlive the keys. max_stale_s must be STALE_LEAST_S or more.
 * Returns INVALID if keys may not be fetched from the URL. */
MUST_USE agentos_status remote_keys_new(const struct remote_keys_options *options,
                                        const struct keys_keeper *keeper, struct remote_keys **out,
                                        agentos_error *err);
struct remote_keys *remote_keys_ref(struct remote_keys *keys);
/* Releases a reference. The last one frees the keys, which must have been stopped by then, if they
 * were started. NULL is allowed. */
void remote_keys_unref(struct remote_keys *keys);
/* whether there is more than one reference */
bool remote_keys_is_shared(const struct remote_keys *keys);

/* Returns true if keys made from these options would be the same keys. Names are not compared. */
bool remote_keys_fit(const struct remote_keys *keys, const struct remote_keys_options *options);

const char *remote_keys_name(const struct remote_keys *keys);

/* ---- fetching ---- */

/* Starts to fetch the keys on this loop, with a client of the same loop. The client must live until
 * remote_keys_stop. The keys must not be started already. May be called on any thread. */
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

/* A request that waits for a fetch. The caller owns it, and must not move or free it before its
 * letter is delivered or key_waiter_leave returns true. */
struct key_waiter {
    /* delivered on `home` when a fetch has ended; the caller sets `deliver` */
    struct letter letter;
    struct loop *home; /* the loop of the request, set by the caller */
    struct list node;  /* the place in the keys' list of waiters, guarded by the keys' lock */
    uint64_t kid_hash;
    struct remote_keys *keys;
};

/* The keys that a refused request may wait for. `keys` is NULL if there is nothing to wait for. The
 * members are borrowed from the authority and from the request's arena. */
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
