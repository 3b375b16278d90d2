/* Remote key sets: references, lookups and waiting requests. remote_refresh.c fetches them. */
#include "auth/keys/remote_keys_internal.h"

#include "auth/keys/remote_url.h"
#include "base/ensure.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/mem.h"

/* ---- making ---- */

/* Copies the rules and their list of algorithms. */
static void copy_rules(struct remote_keys *self, const struct jwks_rules *rules)
{
    ensure(rules->alg_count > 0 && rules->algs != NULL);
    const struct alg **algs = arena_alloc(self->arena, rules->alg_count * sizeof(*algs));

    for (size_t i = 0; i < rules->alg_count; i++)
        algs[i] = rules->algs[i];
    self->rules = *rules;
    self->rules.algs = algs;
    self->rules.is_remote = true;
}

/* Copies all options and their texts. */
static void copy_options(struct remote_keys *self, const struct remote_keys_options *options)
{
    const struct key_place *place = &options->place;

    self->name = arena_copy_text(self->arena, options->name);
    self->place.issuer = arena_copy_text(self->arena, place->issuer); /* NULL stays NULL */
    self->place.url = arena_copy_text(self->arena, place->url);
    self->place.allow_http = place->allow_http;
    self->place.authorities = arena_copy_text(self->arena, place->authorities);
    self->place.authorities_option = arena_copy_text(self->arena, place->authorities_option);
    copy_rules(self, &options->rules);
    key_life_begin(&self->life, options->max_stale_s);
}

/* Returns the configured URL, or the issuer if the keys are discovered. */
static const char *configured_url(const struct key_place *place)
{
    return place->url != NULL ? place->url : place->issuer;
}

/* Allocates keys with one reference. They are not started and hold no set. */
static struct remote_keys *make_keys(const struct remote_keys_options *options,
                                     const struct keys_keeper *keeper)
{
    struct remote_keys *self = mem_zeroed(sizeof(*self));
    int error = pthread_mutex_init(&self->lock, NULL);

    ensure(error == 0);
    self->arena = arena_new();
    copy_options(self, options);
    self->keeper = keeper;
    atomic_init(&self->references, 1);
    atomic_init(&self->changes, 0);
    self->request.deliver = remote_keys_on_request;
    self->schedule.fire = remote_keys_on_timer;
    list_init(&self->waiters);
    (void)snprintf(self->error, sizeof(self->error), "they have not been fetched yet");
    return self;
}

/* Creates keys that are not started. The keeper must outlive them. */
agentos_status remote_keys_new(const struct remote_keys_options *options,
                               const struct keys_keeper *keeper, struct remote_keys **out,
                               agentos_error *err)
{
    const char *url = configured_url(&options->place);
    enum egress egress; /* not used; key_fetch_new derives it again */

    ensure(url != NULL && options->name != NULL);
    ensure(keeper->on_change != NULL && keeper->may_fetch != NULL && keeper->now_s != NULL);
    TRY(remote_url_check(options->name, str_of(url), options->place.allow_http, &egress, err));
    *out = make_keys(options, keeper);
    return AGENTOS_OK;
}

/* Adds a reference. The caller must hold a reference or the lock of the pool. */
struct remote_keys *remote_keys_ref(struct remote_keys *keys)
{
    size_t previous = atomic_fetch_add_explicit(&keys->references, 1, memory_order_relaxed);

    ensure(previous > 0); /* the keys were not freed */
    return keys;
}

/* Releases a reference. The last one frees the keys, which must be stopped. NULL is allowed. */
void remote_keys_unref(struct remote_keys *keys)
{
    if (keys == NULL)
        return;
    size_t previous = atomic_fetch_sub_explicit(&keys->references, 1, memory_order_acq_rel);
    ensure(previous > 0);
    if (previous > 1)
        return;
    ensure(keys->loop == NULL && keys->fetch == NULL); /* stopped, or never started */
    jwks_unref(keys->set);
    (void)pthread_mutex_destroy(&keys->lock); /* nobody holds it */
    arena_free(keys->arena);
    free(keys);
}

/* Returns whether the keys have more than one reference. */
bool remote_keys_is_shared(const struct remote_keys *keys)
{
    return atomic_load(&keys->references) > 1;
}

/* Returns whether both texts are equal or both are NULL. */
static bool same_text(const char *a, const char *b)
{
    if (a == NULL || b == NULL)
        return a == b;
    return strcmp(a, b) == 0;
}

/* Returns whether both rules are equal, including the order of the algorithms. */
static bool same_rules(const struct jwks_rules *a, const struct jwks_rules *b)
{
    if (a->alg_count != b->alg_count || a->strength != b->strength)
        return false;
    for (size_t i = 0; i < a->alg_count; i++)
        if (a->algs[i] != b->algs[i])
            return false;
    return true;
}

/* Returns whether the keys were made from equal options. Compares only immutable members. */
bool remote_keys_fit(const struct remote_keys *keys, const struct remote_keys_options *options)
{
    return same_text(keys->place.issuer, options->place.issuer) &&
           same_text(keys->place.url, options->place.url) &&
           keys->place.allow_http == options->place.allow_http &&
           same_text(keys->place.authorities, options->place.authorities) &&
           keys->life.max_stale_s == options->max_stale_s &&
           same_rules(&keys->rules, &options->rules);
}

const char *remote_keys_name(const struct remote_keys *keys)
{
    return keys->name;
}

/* ---- reading ---- */

/* Returns a new reference to the trusted set, or NULL. Thread-safe. */
struct jwks *remote_keys_take(struct remote_keys *keys, int64_t now_s)
{
    struct jwks *set = NULL;

    remote_keys_lock(keys);
    if (remote_keys_are_good(keys, now_s))
        set = jwks_ref(keys->set);
    remote_keys_unlock(keys);
    return set;
}

/* Returns a stamp that is valid until the set is replaced. Take it before the set. */
struct key_stamp remote_keys_stamp(const struct remote_keys *keys)
{
    struct key_stamp stamp = { .changes = &keys->changes };

    stamp.seen = atomic_load_explicit(&keys->changes, memory_order_acquire);
    return stamp;
}

/* Returns why remote_keys_take returned NULL. The message may be allocated from the arena. */
const char *remote_keys_error(struct remote_keys *keys, arena *a)
{
    const char *why = "they are too old";

    ensure(a != NULL);
    remote_keys_lock(keys);
    if (keys->set == NULL)
        why = arena_copy(a, str_of(keys->error));
    remote_keys_unlock(keys);
    return why;
}

/* Returns the seconds until the next fetch, or 0 if it is due or in progress. */
int64_t remote_keys_due_in_s(struct remote_keys *keys, int64_t now_s)
{
    int64_t wait_s = 0;

    remote_keys_lock(keys);
    if (!keys->is_fetching)
        wait_s = key_life_wait_s(&keys->life, now_s);
    remote_keys_unlock(keys);
    ensure(wait_s >= 0 && wait_s <= REFRESH_MAX_S);
    return wait_s;
}

/* ---- waiting ---- */

/* Returns whether a request may wait for this kid. Called with the lock held. */
static bool may_wait(const struct remote_keys *self, uint64_t kid_hash, int64_t now_s)
{
    ensure(self->waiter_count <= KEY_WAITERS_MAX);
    if (self->loop == NULL)
        return false;
    if (self->waiter_count == KEY_WAITERS_MAX)
        return false;
    return key_life_may_fetch_for_kid(&self->life, kid_hash, self->is_fetching, now_s);
}

/* Asks the event loop to fetch. Called with the lock held and no fetch in progress. */
static void request_fetch(struct remote_keys *self, int64_t now_s)
{
    ensure(self->loop != NULL && !self->is_fetching);
    self->is_fetching = true;
    key_life_fetch_for_kid(&self->life, now_s);
    loop_post(self->loop, &self->request);
}

/* Returns whether waiting could bring a key with this kid. remote_keys_wait may still refuse. */
bool remote_keys_may_bring(struct remote_keys *keys, str kid, int64_t now_s)
{
    uint64_t kid_hash = map_hash(kid); /* outside the lock */

    remote_keys_lock(keys);
    bool may = may_wait(keys, kid_hash, now_s);
    remote_keys_unlock(keys);
    return may;
}

/* Adds the waiter and starts a fetch unless one is in progress. Returns false if not allowed. */
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

/* Removes the waiter. Returns false if its letter has already been posted. */
bool key_waiter_leave(struct key_waiter *waiter)
{
    ensure(waiter->keys != NULL); /* remote_keys_wait was called */
    struct remote_keys *self = waiter->keys;

    remote_keys_lock(self);
    bool was_waiting = list_is_linked(&waiter->node);
    if (was_waiting) {
        ensure(self->waiter_count > 0);
        list_remove(&waiter->node);
        self->waiter_count--;
    }
    remote_keys_unlock(self);
    return was_waiting;
}

/* Posts the waiter's letter, after which the waiter may be gone. Called with the lock held. */
static void release_waiter(struct remote_keys *self, struct key_waiter *waiter, int64_t now_s)
{
    ensure(self->waiter_count > 0);
    self->waiter_count--;
    key_life_kid_missing(&self->life, waiter->kid_hash, now_s);
    loop_post(waiter->home, &waiter->letter);
}

/* Posts the letters of all waiters and empties the list. Called with the lock held. */
void remote_keys_release_waiters(struct remote_keys *self, int64_t now_s)
{
    struct list *node = list_pop(&self->waiters);

    while (node != NULL) {
        release_waiter(self, LIST_OWNER(node, struct key_waiter, node), now_s);
        node = list_pop(&self->waiters);
    }
    ensure(self->waiter_count == 0);
}
