/* When to fetch, and what becomes of the answer. The lock guards a few words and is never held
 * across I/O, parsing or a callback. */
#include "auth/remote_keys.h"

#include <pthread.h>

#include "auth/remote_url.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/map.h"
#include "loop/timer.h"

/* A kid that the key server did not have when it was last asked. */
struct stranger {
    uint64_t kid_hash;
    int64_t until_s;
};

enum { LACK_SIZE = 1024 };

struct remote_keys {
    arena *arena; /* for what the options say */
    const char *name;
    struct key_place place;
    struct jwks_rules rules;
    int64_t max_stale_s;
    const struct keys_keeper *keeper;
    atomic_size_t references;

    pthread_mutex_t lock; /* of the members up to loop */
    struct jwks *set;     /* NULL: none */
    int64_t good_until_s;
    bool is_fetching;
    int64_t learned_s; /* when an unknown kid last caused a fetch */
    struct stranger strangers[STRANGERS_MAX];
    size_t next_stranger;
    struct list waiters;
    size_t waiter_count;
    char lack[LACK_SIZE]; /* why there is no set */
    struct loop *loop;    /* NULL: not started, or stopped */

    /* of the loop's thread alone */
    struct client *client;
    struct letter request; /* from a thread that wants a fetch */
    struct timer schedule;
    struct key_fetch *fetch;
    enum keys_state state;
    unsigned failures; /* in a row */
};

static void lock(struct remote_keys *self)
{
    (void)pthread_mutex_lock(&self->lock); /* fails only for a damaged mutex */
}

static void unlock(struct remote_keys *self)
{
    (void)pthread_mutex_unlock(&self->lock);
}

/* ---- making ---- */

static void copy_rules(struct remote_keys *self, const struct jwks_rules *rules)
{
    const struct alg **algs = arena_alloc(self->arena, (rules->alg_count + 1) * sizeof(*algs));

    for (size_t i = 0; i < rules->alg_count; i++)
        algs[i] = rules->algs[i];
    self->rules = *rules;
    self->rules.algs = algs;
    self->rules.is_remote = true;
}

static const char *copy(arena *a, const char *text)
{
    return text != NULL ? arena_copy(a, str_of(text)) : NULL;
}

static void fetch_now(struct letter *letter);
static void fetch_on_schedule(struct timer *timer);

agentos_status remote_keys_new(const struct remote_keys_options *options,
                               const struct keys_keeper *keeper, struct remote_keys **out,
                               agentos_error *err)
{
    const struct key_place *place = &options->place;
    enum egress egress;

    TRY(remote_url_check(options->name, str_of(place->url != NULL ? place->url : place->issuer),
                         &egress, err));
    struct remote_keys *self = calloc(1, sizeof(*self));
    if (self == NULL || pthread_mutex_init(&self->lock, NULL) != 0)
        abort();
    self->arena = arena_new();
    self->name = copy(self->arena, options->name);
    self->place = (struct key_place){ .issuer = copy(self->arena, place->issuer),
                                      .url = copy(self->arena, place->url) };
    copy_rules(self, &options->rules);
    self->max_stale_s = options->max_stale_s;
    self->keeper = keeper;
    atomic_init(&self->references, 1);
    self->learned_s = INT64_MIN / 2;
    self->request.deliver = fetch_now;
    self->schedule.fire = fetch_on_schedule;
    list_init(&self->waiters);
    (void)snprintf(self->lack, sizeof(self->lack), "they have not been fetched yet");
    *out = self;
    return AGENTOS_OK;
}

struct remote_keys *remote_keys_ref(struct remote_keys *keys)
{
    (void)atomic_fetch_add_explicit(&keys->references, 1, memory_order_relaxed);
    return keys;
}

void remote_keys_unref(struct remote_keys *keys)
{
    if (keys == NULL || atomic_fetch_sub_explicit(&keys->references, 1, memory_order_acq_rel) != 1)
        return;
    jwks_unref(keys->set);
    (void)pthread_mutex_destroy(&keys->lock);
    arena_free(keys->arena);
    free(keys);
}

bool remote_keys_is_shared(const struct remote_keys *keys)
{
    return atomic_load(&keys->references) > 1;
}

static bool is_same(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool rules_are_same(const struct jwks_rules *a, const struct jwks_rules *b)
{
    if (a->alg_count != b->alg_count || a->strength != b->strength)
        return false;
    for (size_t i = 0; i < a->alg_count; i++)
        if (a->algs[i] != b->algs[i])
            return false;
    return true;
}

bool remote_keys_fit(const struct remote_keys *keys, const struct remote_keys_options *options)
{
    return is_same(keys->place.issuer, options->place.issuer) &&
           is_same(keys->place.url, options->place.url) &&
           keys->max_stale_s == options->max_stale_s &&
           rules_are_same(&keys->rules, &options->rules);
}

const char *remote_keys_name(const struct remote_keys *keys)
{
    return keys->name;
}

/* ---- reading ---- */

struct jwks *remote_keys_take(struct remote_keys *keys, int64_t now_s)
{
    lock(keys);
    struct jwks *set =
        keys->set != NULL && now_s <= keys->good_until_s ? jwks_ref(keys->set) : NULL;
    unlock(keys);
    return set;
}

const char *remote_keys_lack(struct remote_keys *keys, arena *a)
{
    lock(keys);
    const char *why = keys->set != NULL ? "they are too old" : arena_copy(a, str_of(keys->lack));
    unlock(keys);
    return why;
}

/* ---- waiting ---- */

/* Under the lock. */
static bool is_stranger(const struct remote_keys *self, uint64_t kid_hash, int64_t now_s)
{
    for (size_t i = 0; i < STRANGERS_MAX; i++)
        if (self->strangers[i].kid_hash == kid_hash && now_s < self->strangers[i].until_s)
            return true;
    return false;
}

/* Under the lock: may a request with this kid wait? */
static bool may_wait(const struct remote_keys *self, uint64_t kid_hash, int64_t now_s)
{
    if (self->loop == NULL || self->waiter_count >= KEY_WAITERS_MAX ||
        is_stranger(self, kid_hash, now_s))
        return false;

    int64_t since_s = now_s - self->learned_s;
    return self->is_fetching || since_s >= LEARN_PAUSE_S || since_s < 0; /* a clock set back */
}

bool remote_keys_may_learn(struct remote_keys *keys, str kid, int64_t now_s)
{
    lock(keys);
    bool may = may_wait(keys, map_hash(kid), now_s);
    unlock(keys);
    return may;
}

bool remote_keys_wait(struct remote_keys *keys, str kid, int64_t now_s, struct key_waiter *waiter)
{
    waiter->kid_hash = map_hash(kid);
    waiter->keys = keys;
    lock(keys);
    bool may = may_wait(keys, waiter->kid_hash, now_s);
    if (may) {
        list_append(&keys->waiters, &waiter->node);
        keys->waiter_count++;
    }
    if (may && !keys->is_fetching) {
        keys->is_fetching = true;
        keys->learned_s = now_s;
        loop_post(keys->loop, &keys->request);
    }
    unlock(keys);
    return may;
}

bool key_waiter_leave(struct key_waiter *waiter)
{
    struct remote_keys *self = waiter->keys;

    lock(self);
    bool was_waiting = list_is_linked(&waiter->node);
    list_remove(&waiter->node);
    self->waiter_count -= was_waiting;
    unlock(self);
    return was_waiting;
}

/* Under the lock: everybody who waits hears of it; the kids they had are not asked for again soon.
 */
static void release_waiters(struct remote_keys *self, bool has_come, int64_t now_s)
{
    for (struct list *node; (node = list_pop(&self->waiters)) != NULL;) {
        struct key_waiter *waiter = LIST_OWNER(node, struct key_waiter, node);

        if (has_come && !is_stranger(self, waiter->kid_hash, now_s)) {
            self->strangers[self->next_stranger] =
                (struct stranger){ waiter->kid_hash, now_s + STRANGER_LIFE_S };
            self->next_stranger = (self->next_stranger + 1) % STRANGERS_MAX;
        }
        loop_post(waiter->home, &waiter->letter);
    }
    self->waiter_count = 0;
}

/* ---- what an answer leads to ---- */

static void tell(struct remote_keys *self, enum keys_state state, const char *why)
{
    const struct keys_news news = { self->name, state,
                                    self->set != NULL ? jwks_count(self->set) : 0, why };

    self->state = state;
    self->keeper->tell(self->keeper->user, &news);
}

static void come_again(struct remote_keys *self, int64_t in_s)
{
    timer_start(self->loop, &self->schedule, (uint64_t)in_s * 1000);
}

static int64_t clamp(int64_t value, int64_t least, int64_t most)
{
    return value < least ? least : value > most ? most : value;
}

/* A valid empty set is taken like any other: that is how an issuer withdraws its keys. */
static void adopt(struct remote_keys *self, struct jwks *set, const char *skipped, int64_t now_s)
{
    lock(self);
    struct jwks *old = self->set;
    bool is_new = old == NULL || !jwks_equal(old, set);

    self->set = set;
    self->good_until_s = now_s + self->max_stale_s;
    if (is_new)
        (void)atomic_fetch_add(self->keeper->changes, 1);
    unlock(self);
    jwks_unref(old);
    self->failures = 0;
    if (is_new || self->state != KEYS_GOOD)
        tell(self, KEYS_GOOD, skipped);
}

/* Under no lock: has the last good set become too old? */
static bool give_up(struct remote_keys *self, const char *why, int64_t now_s)
{
    lock(self);
    bool is_old = self->set != NULL && now_s > self->good_until_s;
    struct jwks *old = is_old ? TAKE(self->set) : NULL;

    if (self->set == NULL)
        (void)snprintf(self->lack, sizeof(self->lack), "%s", why);
    if (is_old)
        (void)atomic_fetch_add(self->keeper->changes, 1);
    bool is_lost = self->set == NULL;
    unlock(self);
    jwks_unref(old);
    return is_lost;
}

static void bear(struct remote_keys *self, const char *why, int64_t now_s)
{
    enum keys_state state = give_up(self, why, now_s) ? KEYS_LOST : KEYS_FAILING;

    if (self->failures < 16)
        self->failures++;
    if (state != self->state)
        tell(self, state, why);
}

static int64_t retry_s(const struct remote_keys *self)
{
    return clamp((int64_t)RETRY_FIRST_S << (self->failures - 1), RETRY_FIRST_S, RETRY_MOST_S);
}

/* When to come again, in seconds. */
static int64_t digest(struct remote_keys *self, const struct key_answer *answer, int64_t now_s)
{
    AUTO_BUF skipped = buf_with_limit(1 * KiB);
    struct jwks *set = NULL;
    agentos_error err = { .message = "" };
    const char *why = answer->why;

    if (why == NULL && jwks_read(answer->text, &self->rules, &set, &skipped, &err) != AGENTOS_OK)
        why = err.message;
    if (why != NULL) {
        bear(self, why, now_s);
        return retry_s(self);
    }
    adopt(self, set, skipped.ptr != NULL ? skipped.ptr : "", now_s);
    return answer->max_age_s < 0 ? REFRESH_MOST_S
                                 : clamp(answer->max_age_s, REFRESH_LEAST_S, REFRESH_MOST_S);
}

static void fetched(void *user, const struct key_answer *answer)
{
    struct remote_keys *self = user;
    int64_t now_s = clock_now_s();

    self->fetch = NULL;
    come_again(self, digest(self, answer, now_s));
    lock(self);
    self->is_fetching = false;
    release_waiters(self, self->failures == 0, now_s);
    unlock(self);
}

/* ---- when to fetch ---- */

static void begin(struct remote_keys *self)
{
    timer_stop(&self->schedule);
    self->fetch = key_fetch_new(self->client, &self->place, fetched, self);
}

static void fetch_now(struct letter *letter)
{
    struct remote_keys *self = LIST_OWNER(letter, struct remote_keys, request);

    if (self->client != NULL)
        begin(self);
}

static void fetch_on_schedule(struct timer *timer)
{
    struct remote_keys *self = LIST_OWNER(timer, struct remote_keys, schedule);

    if (!self->keeper->may_go_on(self->keeper->user, self))
        return;
    lock(self);
    bool is_mine = !self->is_fetching; /* else one is under way, and it comes again */
    self->is_fetching = true;
    unlock(self);
    if (is_mine)
        begin(self);
}

void remote_keys_start(struct remote_keys *keys, struct loop *loop, struct client *client)
{
    keys->client = client;
    lock(keys);
    keys->loop = loop;
    keys->is_fetching = true;
    unlock(keys);
    loop_post(loop, &keys->request);
}

void remote_keys_stop(struct remote_keys *keys)
{
    lock(keys);
    keys->loop = NULL;
    unlock(keys);
    timer_stop(&keys->schedule);
    key_fetch_cancel(TAKE(keys->fetch));
    keys->client = NULL;
}
