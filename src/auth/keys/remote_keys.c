/* Implements a remote key set: creating it, counting its references, reading its keys, and waiting
 * for a fetch. All threads share the set; remote_refresh.c fetches the keys on one loop. */
#include "auth/keys/remote_keys_internal.h"

#include "auth/keys/remote_url.h"
#include "base/ensure.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/mem.h"

/* ---- making ---- */

static void copy_rules(struct remote_keys *self, const struct jwks_rules *rules)
{
    const struct alg **algs = arena_alloc(self->arena, (rules->alg_count + 1) * sizeof(*algs));

    ensure(rules->alg_count > 0);
    for (size_t i = 0; i < rules->alg_count; i++)
        algs[i] = rules->algs[i];
    self->rules = *rules;
    self->rules.algs = algs;
    self->rules.is_remote = true;
}

static void copy_options(struct remote_keys *self, const struct remote_keys_options *options)
{
    const struct key_place *place = &options->place;

    self->name = arena_copy_text(self->arena, options->name);
    self->place = (struct key_place){ .issuer = arena_copy_text(self->arena, place->issuer),
                                      .url = arena_copy_text(self->arena, place->url) };
    copy_rules(self, &options->rules);
    key_life_begin(&self->life, options->max_stale_s);
}

agentos_status remote_keys_new(const struct remote_keys_options *options,
                               const struct keys_keeper *keeper, struct remote_keys **out,
                               agentos_error *err)
{
    const struct key_place *place = &options->place;
    const char *url = place->url != NULL ? place->url : place->issuer;
    enum egress egress;

    ensure(url != NULL && options->name != NULL);
    ensure(keeper->tell != NULL && keeper->may_go_on != NULL && keeper->now_s != NULL);
    TRY(remote_url_check(options->name, str_of(url), &egress, err));
    struct remote_keys *self = mem_zeroed(sizeof(*self));
    if (pthread_mutex_init(&self->lock, NULL) != 0)
        abort();
    self->arena = arena_new();
    copy_options(self, options);
    self->keeper = keeper;
    atomic_init(&self->references, 1);
    atomic_init(&self->changes, 0);
    self->request.deliver = remote_keys_on_request;
    self->schedule.fire = remote_keys_on_timer;
    list_init(&self->waiters);
    (void)snprintf(self->lack, sizeof(self->lack), "they have not been fetched yet");
    *out = self;
    return AGENTOS_OK;
}

struct remote_keys *remote_keys_ref(struct remote_keys *keys)
{
    size_t before = atomic_fetch_add_explicit(&keys->references, 1, memory_order_relaxed);

    ensure(before > 0);
    return keys;
}

void remote_keys_unref(struct remote_keys *keys)
{
    if (keys == NULL || atomic_fetch_sub_explicit(&keys->references, 1, memory_order_acq_rel) != 1)
        return;
    ensure(keys->loop == NULL && keys->fetch == NULL); /* stopped, or never started */
    jwks_unref(keys->set);
    (void)pthread_mutex_destroy(&keys->lock); /* nobody holds it */
    arena_free(keys->arena);
    free(keys);
}

bool remote_keys_is_shared(const struct remote_keys *keys)
{
    return atomic_load(&keys->references) > 1;
}

static bool texts_are_same(const char *a, const char *b)
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

/* Compares only what is fixed once made, so it needs no lock. */
bool remote_keys_fit(const struct remote_keys *keys, const struct remote_keys_options *options)
{
    return texts_are_same(keys->place.issuer, options->place.issuer) &&
           texts_are_same(keys->place.url, options->place.url) &&
           keys->life.max_stale_s == options->max_stale_s &&
           rules_are_same(&keys->rules, &options->rules);
}

const char *remote_keys_name(const struct remote_keys *keys)
{
    return keys->name;
}

/* ---- reading ---- */

struct jwks *remote_keys_take(struct remote_keys *keys, int64_t now_s)
{
    remote_keys_lock(keys);
    struct jwks *set = remote_keys_are_good(keys, now_s) ? jwks_ref(keys->set) : NULL;
    remote_keys_unlock(keys);
    return set;
}

struct key_stamp remote_keys_stamp(const struct remote_keys *keys)
{
    return (struct key_stamp){ &keys->changes,
                               atomic_load_explicit(&keys->changes, memory_order_acquire) };
}

const char *remote_keys_lack(struct remote_keys *keys, arena *a)
{
    remote_keys_lock(keys);
    const char *why = keys->set != NULL ? "they are too old" : arena_copy(a, str_of(keys->lack));
    remote_keys_unlock(keys);
    return why;
}

int64_t remote_keys_due_in_s(struct remote_keys *keys, int64_t now_s)
{
    remote_keys_lock(keys);
    int64_t wait_s = keys->is_fetching ? 0 : key_life_wait_s(&keys->life, now_s);
    remote_keys_unlock(keys);
    ensure(wait_s >= 0 && wait_s <= REFRESH_MOST_S);
    return wait_s;
}

/* ---- waiting ---- */

/* Under the lock: may a request with this kid wait? */
static bool may_wait(const struct remote_keys *self, uint64_t kid_hash, int64_t now_s)
{
    return self->loop != NULL && self->waiter_count < KEY_WAITERS_MAX &&
           key_life_may_fetch_for_kid(&self->life, kid_hash, self->is_fetching, now_s);
}

/* Under the lock: the loop's thread is asked to fetch for a kid. */
static void request_fetch(struct remote_keys *self, int64_t now_s)
{
    ensure(self->loop != NULL && !self->is_fetching);
    self->is_fetching = true;
    key_life_fetch_for_kid(&self->life, now_s);
    loop_post(self->loop, &self->request);
}

bool remote_keys_may_bring(struct remote_keys *keys, str kid, int64_t now_s)
{
    remote_keys_lock(keys);
    bool may = may_wait(keys, map_hash(kid), now_s);
    remote_keys_unlock(keys);
    return may;
}

bool remote_keys_wait(struct remote_keys *keys, str kid, int64_t now_s, struct key_waiter *waiter)
{
    ensure(waiter->home != NULL && waiter->letter.deliver != NULL);
    waiter->kid_hash = map_hash(kid);
    waiter->keys = keys;
    remote_keys_lock(keys);
    bool may = may_wait(keys, waiter->kid_hash, now_s);
    if (may) {
        list_append(&keys->waiters, &waiter->node);
        keys->waiter_count++;
        if (!keys->is_fetching)
            request_fetch(keys, now_s);
    }
    remote_keys_unlock(keys);
    return may;
}

bool key_waiter_leave(struct key_waiter *waiter)
{
    struct remote_keys *self = waiter->keys;

    remote_keys_lock(self);
    bool was_waiting = list_is_linked(&waiter->node);
    ensure(!was_waiting || self->waiter_count > 0);
    list_remove(&waiter->node);
    self->waiter_count -= was_waiting;
    remote_keys_unlock(self);
    return was_waiting;
}

void remote_keys_release_waiters(struct remote_keys *self, int64_t now_s)
{
    for (struct list *node; (node = list_pop(&self->waiters)) != NULL;) {
        struct key_waiter *waiter = LIST_OWNER(node, struct key_waiter, node);

        ensure(self->waiter_count > 0);
        self->waiter_count--;
        key_life_kid_missing(&self->life, waiter->kid_hash, now_s);
        loop_post(waiter->home, &waiter->letter); /* the waiter may be gone from here on */
    }
    ensure(self->waiter_count == 0);
}
