/* A key set on another server, fetched by one event loop and read by all threads. See key_life.h
 * for the rules and key_fetch.h for the fetch. */
#ifndef AUTH_KEYS_REMOTE_KEYS_H
#define AUTH_KEYS_REMOTE_KEYS_H

#include "auth/keys/key_fetch.h"
#include "auth/keys/keyring.h"
#include "base/list.h"
#include "jose/jwks.h"

enum {
    /* how many requests may wait for one fetch; others are answered at once */
    KEY_WAITERS_MAX = 256,
};

/* Remote keys count references: the pool and each verifier hold one. Unless stated otherwise, these
 * functions are thread-safe and do not block. */
struct remote_keys;

/* A change of state for the operator. All members are borrowed for the call. */
struct keys_news {
    const char *name; /* the name of the key source in messages */
    enum keys_state {
        KEYS_UNKNOWN, /* nothing has been fetched yet */
        KEYS_GOOD,    /* the set has been fetched, or has changed */
        KEYS_FAILING, /* a fetch failed; the last good set stays in use */
        KEYS_LOST,    /* the set has expired, or there never was one */
    } state;
    size_t count;    /* the number of usable keys */
    const char *why; /* why a fetch failed, or which keys were skipped; may be empty */
};

struct remote_keys_options {
    const char *name; /* the name in messages, such as "authorization.issuers[0].jwks_url" */
    struct key_place place;
    struct jwks_rules rules;
    int64_t max_stale_s;
};

/* The callbacks of the pool that keeps the keys. They run on the event loop that fetches, without
 * the keys' lock. */
struct keys_keeper {
    void (*on_change)(void *user,
                      const struct keys_news *news); /* called for each change of state */
    /* Called before each scheduled fetch. Returns false if the keeper has stopped the keys and
     * released its reference; the keys may then be freed. */
    bool (*may_fetch)(void *user, struct remote_keys *keys);
    int64_t (*now_s)(void *user); /* returns seconds since 1970 */
    void *user;
};

/* Creates keys that are not started, and stores the caller's reference in *out. Copies the options;
 * the keeper must outlive the keys. max_stale_s must be at least STALE_MIN_S. Returns INVALID if
 * the URL is not allowed. */
MUST_USE agentos_status remote_keys_new(const struct remote_keys_options *options,
                                        const struct keys_keeper *keeper, struct remote_keys **out,
                                        agentos_error *err);
struct remote_keys *remote_keys_ref(struct remote_keys *keys);
/* Releases a reference. The last one frees the keys, which must be stopped. NULL is allowed. */
void remote_keys_unref(struct remote_keys *keys);
/* whether there is more than one reference */
bool remote_keys_is_shared(const struct remote_keys *keys);

/* Returns whether the keys were made from equal options, ignoring the name. */
bool remote_keys_fit(const struct remote_keys *keys, const struct remote_keys_options *options);

const char *remote_keys_name(const struct remote_keys *keys);

/* ---- fetching ---- */

/* Starts fetching on this event loop with its client, which must live until remote_keys_stop. The
 * keys must not be started already. Thread-safe. */
void remote_keys_start(struct remote_keys *keys, struct loop *loop, struct client *client);

/* Stops fetching. Must be called on the event loop's thread or after it has ended. May be called
 * again. */
void remote_keys_stop(struct remote_keys *keys);

/* Drops an expired set and starts a fetch that is due. Called on the event loop's thread, at least
 * once a minute by the keys' timer. May free the keys (see may_fetch). */
void remote_keys_tick(struct remote_keys *keys);

/* ---- reading ---- */

/* Returns a new reference to the set, to be released with jwks_unref, or NULL if no set may be
 * trusted. */
struct jwks *remote_keys_take(struct remote_keys *keys, int64_t now_s);

/* Returns a stamp that is valid until the set is replaced. Take the stamp before the set, so that a
 * replacement in between is noticed. */
struct key_stamp remote_keys_stamp(const struct remote_keys *keys);

/* Returns the seconds until the next fetch, or 0 if it is due or in progress. */
int64_t remote_keys_due_in_s(struct remote_keys *keys, int64_t now_s);

/* Returns why remote_keys_take returned NULL. The message may be allocated from the arena. */
const char *remote_keys_error(struct remote_keys *keys, arena *a);

/* ---- waiting for a key that may have been published since ---- */

/* A request that waits for a fetch. The caller owns it, and must not move or free it before its
 * letter is delivered or key_waiter_leave returns true. */
struct key_waiter {
    /* delivered on `home` after a fetch; the caller sets `deliver` */
    struct letter letter;
    struct loop *home; /* the loop of the request, set by the caller */
    struct list node;  /* the place in the keys' list of waiters, guarded by the keys' lock */
    uint64_t kid_hash;
    struct remote_keys *keys;
};

/* The key that a rejected request may wait for; `keys` is NULL for none. Borrowed from the
 * authority and the request's arena. */
struct missing_key {
    struct remote_keys *keys;
    str kid;
};

/* Returns whether a fetch, allowed now or in progress, could bring a key with this kid. An empty
 * kid stands for any key. Changes nothing. */
bool remote_keys_may_bring(struct remote_keys *keys, str kid, int64_t now_s);

/* Starts a fetch for this kid or joins the one in progress. Returns false if neither is allowed;
 * then no letter is delivered. */
MUST_USE bool remote_keys_wait(struct remote_keys *keys, str kid, int64_t now_s,
                               struct key_waiter *waiter);

/* Stops waiting. Returns false if the letter was already posted. */
bool key_waiter_leave(struct key_waiter *waiter);

#endif
