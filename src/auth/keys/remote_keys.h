/* A key set that lives elsewhere: fetched in the background by one loop, read by all. What was good
 * stays in use through failures, for a while: key_life.h has the rules of that, key_fetch.h
 * fetches.
 */
#ifndef AUTH_KEYS_REMOTE_KEYS_H
#define AUTH_KEYS_REMOTE_KEYS_H

#include "auth/keys/key_fetch.h"
#include "auth/keys/keyring.h"
#include "base/list.h"
#include "jose/jwks.h"

enum {
    KEY_WAITERS_MAX = 256, /* requests that may wait for one fetch; others are answered at once */
};

struct remote_keys; /* reference-counted; any thread, but for stop */

/* What the operator should know; borrowed for the call. */
struct keys_news {
    const char *name; /* of the source */
    enum keys_state {
        KEYS_UNKNOWN, /* nothing has come yet */
        KEYS_GOOD,    /* the set has come, or has changed */
        KEYS_FAILING, /* the last good set stays in use */
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

/* Who looks after the keys: key_pool.c. All are called on the loop that fetches. */
struct keys_keeper {
    void (*tell)(void *user, const struct keys_news *news); /* each change of state */
    /* Before each scheduled fetch; false: stopped by the keeper, and gone. */
    bool (*may_go_on)(void *user, struct remote_keys *keys);
    int64_t (*now_s)(void *user);
    void *user;
};

/* Everything is copied; keeper outlives the keys. INVALID: a URL that may not be fetched from. */
MUST_USE agentos_status remote_keys_new(const struct remote_keys_options *options,
                                        const struct keys_keeper *keeper, struct remote_keys **out,
                                        agentos_error *err);
struct remote_keys *remote_keys_ref(struct remote_keys *keys);
void remote_keys_unref(struct remote_keys *keys); /* the last one: stopped; NULL is fine */
bool remote_keys_is_shared(const struct remote_keys *keys); /* by more than one */

/* Would these options make the same keys? Names apart. */
bool remote_keys_fit(const struct remote_keys *keys, const struct remote_keys_options *options);

const char *remote_keys_name(const struct remote_keys *keys);

/* Fetch on this loop, from now on. */
void remote_keys_start(struct remote_keys *keys, struct loop *loop, struct client *client);
void remote_keys_stop(struct remote_keys *keys); /* there, or after it has ended; idempotent */

/* The present set as a new reference, for jwks_unref; NULL: none that may be trusted. */
struct jwks *remote_keys_take(struct remote_keys *keys, int64_t now_s);

/* What is verified by the set that take gives next holds as long as this does. */
struct key_stamp remote_keys_stamp(const struct remote_keys *keys);

/* Seconds until they are fetched again; 0: they are due, or a fetch is under way. */
int64_t remote_keys_due_in_s(struct remote_keys *keys, int64_t now_s);

/* Do what is due, on the loop that fetches; their own timer does so each minute. They may be gone
 * afterwards (may_go_on). */
void remote_keys_tick(struct remote_keys *keys);

/* Why there is none: a sentence. Only after take gave NULL. */
const char *remote_keys_lack(struct remote_keys *keys, arena *a);

/* ---- waiting for a key that may have been published since ---- */

struct key_waiter {
    struct letter letter; /* delivered on home once a fetch has ended; the caller sets deliver */
    struct loop *home;
    struct list node; /* in the source's list, under its lock */
    uint64_t kid_hash;
    struct remote_keys *keys;
};

/* What a refused request might wait for; keys NULL: nothing. Borrowed from its authority and arena.
 */
struct keys_wanted {
    struct remote_keys *keys;
    str kid;
};

/* Could a fetch that is allowed now, or is under way, bring this kid ("": any key)? Changes
 * nothing. */
bool remote_keys_may_learn(struct remote_keys *keys, str kid, int64_t now_s);

/* Have it fetched, or join the fetch under way. false: neither is allowed (any more); no letter
 * comes. */
MUST_USE bool remote_keys_wait(struct remote_keys *keys, str kid, int64_t now_s,
                               struct key_waiter *waiter);

/* No longer interested. true: no letter comes; false: one is on its way. */
bool key_waiter_leave(struct key_waiter *waiter);

#endif
