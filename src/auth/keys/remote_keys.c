/* When to fetch, and what becomes of the answer. The lock guards a few words and is never held
 * across I/O, parsing or a callback. */
#include "auth/keys/remote_keys.h"

#include <pthread.h>

#include "auth/keys/key_life.h"
#include "auth/keys/remote_url.h"
#include "base/limits.h"
#include "base/map.h"
#include "loop/timer.h"

/* The timer looks at the clock each minute: it may have been set, or the machine have slept. */
enum { LACK_SIZE = 1024, TICK_S = 60 };

struct remote_keys {
    arena *arena; /* for what the options say */
    const char *name;
    struct key_place place;
    struct jwks_rules rules;
    const struct keys_keeper *keeper;
    atomic_size_t references;
    atomic_uint changes; /* counted up whenever what is trusted has changed */

    pthread_mutex_t lock; /* of the members up to loop */
    struct jwks *set;     /* NULL: none */
    struct key_life life;
    bool is_fetching;
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
};

static void lock(struct remote_keys *self)
{
    (void)pthread_mutex_lock(&self->lock); /* fails only for a damaged mutex */
}

static void unlock(struct remote_keys *self)
{
    (void)pthread_mutex_unlock(&self->lock);
}

static int64_t now(const struct remote_keys *self)
{
    return self->keeper->now_s(self->keeper->user);
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

static void fetch_now(struct letter *letter);
static void tick(struct timer *timer);

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
    self->name = arena_copy_text(self->arena, options->name);
    self->place = (struct key_place){ .issuer = arena_copy_text(self->arena, place->issuer),
                                      .url = arena_copy_text(self->arena, place->url) };
    copy_rules(self, &options->rules);
    key_life_begin(&self->life, options->max_stale_s);
    self->keeper = keeper;
    atomic_init(&self->references, 1);
    atomic_init(&self->changes, 0);
    self->request.deliver = fetch_now;
    self->schedule.fire = tick;
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
           keys->life.max_stale_s == options->max_stale_s &&
           rules_are_same(&keys->rules, &options->rules);
}

const char *remote_keys_name(const struct remote_keys *keys)
{
    return keys->name;
}

/* ---- reading ---- */

/* Under the lock. */
static bool is_good(const struct remote_keys *self, int64_t now_s)
{
    return self->set != NULL && key_life_is_good(&self->life, now_s);
}

struct jwks *remote_keys_take(struct remote_keys *keys, int64_t now_s)
{
    lock(keys);
    struct jwks *set = is_good(keys, now_s) ? jwks_ref(keys->set) : NULL;
    unlock(keys);
    return set;
}

struct key_stamp remote_keys_stamp(const struct remote_keys *keys)
{
    return (struct key_stamp){ &keys->changes,
                               atomic_load_explicit(&keys->changes, memory_order_acquire) };
}

const char *remote_keys_lack(struct remote_keys *keys, arena *a)
{
    lock(keys);
    const char *why = keys->set != NULL ? "they are too old" : arena_copy(a, str_of(keys->lack));
    unlock(keys);
    return why;
}

int64_t remote_keys_due_in_s(struct remote_keys *keys, int64_t now_s)
{
    lock(keys);
    int64_t wait_s = keys->is_fetching ? 0 : key_life_wait_s(&keys->life, now_s);
    unlock(keys);
    return wait_s;
}

/* ---- waiting ---- */

/* Under the lock: may a request with this kid wait? */
static bool may_wait(const struct remote_keys *self, uint64_t kid_hash, int64_t now_s)
{
    return self->loop != NULL && self->waiter_count < KEY_WAITERS_MAX &&
           key_life_may_learn(&self->life, kid_hash, self->is_fetching, now_s);
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
        key_life_learn(&keys->life, now_s);
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

/* Under the lock: everybody who waits hears of it. */
static void release_waiters(struct remote_keys *self, int64_t now_s)
{
    for (struct list *node; (node = list_pop(&self->waiters)) != NULL;) {
        struct key_waiter *waiter = LIST_OWNER(node, struct key_waiter, node);

        key_life_answered(&self->life, waiter->kid_hash, now_s);
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

/* Under the lock: what was verified before must be verified again. *old is the caller's. */
static void exchange(struct remote_keys *self, struct jwks *set, struct jwks **old)
{
    *old = self->set;
    self->set = set;
    (void)atomic_fetch_add_explicit(&self->changes, 1, memory_order_release);
}

/* A valid empty set is taken like any other: that is how an issuer withdraws its keys. What says
 * the same as before changes nothing. */
static void adopt(struct remote_keys *self, struct jwks *set, int64_t max_age_s,
                  const char *skipped, int64_t now_s)
{
    struct jwks *spare = set;
    bool is_new = self->set == NULL || !jwks_equal(self->set, set); /* only this thread writes it */

    lock(self);
    if (is_new)
        exchange(self, set, &spare);
    key_life_came(&self->life, max_age_s, now_s);
    unlock(self);
    jwks_unref(spare);
    if (is_new || self->state != KEYS_GOOD)
        tell(self, KEYS_GOOD, skipped);
}

/* What has become too old goes, so that nothing it has signed lives on either. */
static void drop_old(struct remote_keys *self, int64_t now_s)
{
    struct jwks *old = NULL;

    lock(self);
    if (self->set != NULL && !is_good(self, now_s)) {
        exchange(self, NULL, &old);
        (void)snprintf(self->lack, sizeof(self->lack), "they are too old");
    }
    unlock(self);
    jwks_unref(old);
}

static void bear(struct remote_keys *self, const char *why, int64_t now_s)
{
    drop_old(self, now_s);
    lock(self);
    key_life_failed(&self->life, now_s);
    enum keys_state state = self->set != NULL ? KEYS_FAILING : KEYS_LOST;
    if (self->set == NULL)
        (void)snprintf(self->lack, sizeof(self->lack), "%s", why);
    unlock(self);
    if (state != self->state)
        tell(self, state, why);
}

static void digest(struct remote_keys *self, const struct key_answer *answer, int64_t now_s)
{
    AUTO_BUF skipped = buf_with_limit(1 * KiB);
    struct jwks *set = NULL;
    agentos_error err = { .message = "" };
    const char *why = answer->why;

    if (why == NULL && jwks_read(answer->text, &self->rules, &set, &skipped, &err) != AGENTOS_OK)
        why = err.message;
    if (why != NULL)
        bear(self, why, now_s);
    else
        adopt(self, set, answer->max_age_s, skipped.ptr != NULL ? skipped.ptr : "", now_s);
}

static void look_again(struct remote_keys *self, int64_t now_s)
{
    int64_t wait_s = remote_keys_due_in_s(self, now_s);

    timer_start(self->loop, &self->schedule, (uint64_t)(wait_s < TICK_S ? wait_s : TICK_S) * 1000);
}

static void fetched(void *user, const struct key_answer *answer)
{
    struct remote_keys *self = user;
    int64_t now_s = now(self);

    self->fetch = NULL;
    digest(self, answer, now_s);
    lock(self);
    self->is_fetching = false;
    release_waiters(self, now_s);
    unlock(self);
    look_again(self, now_s);
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

/* Claim the right to fetch; false: a fetch is under way already, which looks again at its end. */
static bool claim(struct remote_keys *self)
{
    lock(self);
    bool is_mine = !self->is_fetching;
    self->is_fetching = true;
    unlock(self);
    return is_mine;
}

void remote_keys_tick(struct remote_keys *keys)
{
    int64_t now_s = now(keys);

    drop_old(keys, now_s);
    if (remote_keys_due_in_s(keys, now_s) > 0)
        look_again(keys, now_s);
    else if (keys->keeper->may_go_on(keys->keeper->user, keys) && claim(keys))
        begin(keys);
}

static void tick(struct timer *timer)
{
    remote_keys_tick(LIST_OWNER(timer, struct remote_keys, schedule));
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
