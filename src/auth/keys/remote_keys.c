/* Implements a remote key set: creating it, counting its references, reading its keys, and waiting
 * for a fetch. All threads share the set; remote_refresh.c fetches the keys on one loop. */
#include "auth/keys/remote_keys_internal.h"

#include "auth/keys/remote_url.h"
#include "base/ensure.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/mem.h"

/* ---- making ---- */

/* Copies the rules and their list of algorithms to the keys. */
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

/* Copies all options to the keys, with the texts in the keys' arena. */
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

/* Returns the URL that was configured, which is the issuer itself if the keys are discovered. */
static const char *configured_url(const struct key_place *place)
{
    return place->url != NULL ? place->url : place->issuer;
}

/* Allocates keys with these options and one reference. They are not started, and no key is known.
 */
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
    (void)snprintf(self->lack, sizeof(self->lack), "they have not been fetched yet");
    return self;
}

/* Creates keys that are not started yet, and stores the caller's reference to them in *out. The
 * options are copied; the keeper must outlive the keys. Returns INVALID if keys may not be fetched
 * from the URL. */
agentos_status remote_keys_new(const struct remote_keys_options *options,
                               const struct keys_keeper *keeper, struct remote_keys **out,
                               agentos_error *err)
{
    const char *url = configured_url(&options->place);
    enum egress egress; /* key_fetch_new decides it again */

    ensure(url != NULL && options->name != NULL);
    ensure(keeper->tell != NULL && keeper->may_go_on != NULL && keeper->now_s != NULL);
    TRY(remote_url_check(options->name, str_of(url), options->place.allow_http, &egress, err));
    *out = make_keys(options, keeper);
    return AGENTOS_OK;
}

/* Adds a reference and returns the keys. The caller must already hold a reference, or the lock of
 * the pool that does. */
struct remote_keys *remote_keys_ref(struct remote_keys *keys)
{
    size_t previous = atomic_fetch_add_explicit(&keys->references, 1, memory_order_relaxed);

    ensure(previous > 0); /* the keys were not freed */
    return keys;
}

/* Releases a reference. The last one frees the keys, which must have been stopped by then, if they
 * were started. NULL is allowed. */
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

/* Returns true if there is more than one reference to the keys. */
bool remote_keys_is_shared(const struct remote_keys *keys)
{
    return atomic_load(&keys->references) > 1;
}

/* Returns true if both texts are equal, or if both are NULL. */
static bool same_text(const char *a, const char *b)
{
    if (a == NULL || b == NULL)
        return a == b;
    return strcmp(a, b) == 0;
}

/* Returns true if both rules accept the same keys. The algorithms must be in the same order. */
static bool same_rules(const struct jwks_rules *a, const struct jwks_rules *b)
{
    if (a->alg_count != b->alg_count || a->strength != b->strength)
        return false;
    for (size_t i = 0; i < a->alg_count; i++)
        if (a->algs[i] != b->algs[i])
            return false;
    return true;
}

/* Returns true if keys made from these options would be the same keys. Only members that never
 * change are compared, so no lock is needed. */
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

/* Returns a new reference to the present set, or NULL if there is no set that may be trusted. The
 * caller must release it with jwks_unref. Any thread may call this. */
struct jwks *remote_keys_take(struct remote_keys *keys, int64_t now_s)
{
    struct jwks *set = NULL;

    remote_keys_lock(keys);
    if (remote_keys_are_good(keys, now_s))
        set = jwks_ref(keys->set);
    remote_keys_unlock(keys);
    return set;
}

/* Returns a stamp that holds until the set is next replaced. Take the stamp before the set, so that
 * a replacement in between is noticed. */
struct key_stamp remote_keys_stamp(const struct remote_keys *keys)
{
    struct key_stamp stamp = { .changes = &keys->changes };

    stamp.seen = atomic_load_explicit(&keys->changes, memory_order_acquire);
    return stamp;
}

/* Returns a sentence that says why remote_keys_take returned NULL. It may be allocated in the
 * arena. */
const char *remote_keys_lack(struct remote_keys *keys, arena *a)
{
    const char *why = "they are too old";

    ensure(a != NULL);
    remote_keys_lock(keys);
    if (keys->set == NULL)
        why = arena_copy(a, str_of(keys->lack));
    remote_keys_unlock(keys);
    return why;
}

/* Returns the seconds until the next fetch is due. Returns 0 if it is due now or under way. */
int64_t remote_keys_due_in_s(struct remote_keys *keys, int64_t now_s)
{
    int64_t wait_s = 0;

    remote_keys_lock(keys);
    if (!keys->is_fetching)
        wait_s = key_life_wait_s(&keys->life, now_s);
    remote_keys_unlock(keys);
    ensure(wait_s >= 0 && wait_s <= REFRESH_MOST_S);
    return wait_s;
}

/* ---- waiting ---- */

/* Returns true if a request may wait for this kid: the keys are started, there is room for another
 * waiter, and a fetch for the kid is allowed or under way. Called with the lock held. */
static bool may_wait(const struct remote_keys *self, uint64_t kid_hash, int64_t now_s)
{
    ensure(self->waiter_count <= KEY_WAITERS_MAX);
    if (self->loop == NULL)
        return false;
    if (self->waiter_count == KEY_WAITERS_MAX)
        return false;
    return key_life_may_fetch_for_kid(&self->life, kid_hash, self->is_fetching, now_s);
}

/* Asks the thread of the loop to fetch the keys, because of a kid. Called with the lock held, while
 * no fetch is under way. */
static void request_fetch(struct remote_keys *self, int64_t now_s)
{
    ensure(self->loop != NULL && !self->is_fetching);
    self->is_fetching = true;
    key_life_fetch_for_kid(&self->life, now_s);
    loop_post(self->loop, &self->request);
}

/* Returns true if waiting for a fetch could bring a key with this kid. Changes nothing, so a later
 * remote_keys_wait can still be refused. */
bool remote_keys_may_bring(struct remote_keys *keys, str kid, int64_t now_s)
{
    uint64_t kid_hash = map_hash(kid); /* outside the lock */

    remote_keys_lock(keys);
    bool may = may_wait(keys, kid_hash, now_s);
    remote_keys_unlock(keys);
    return may;
}

/* Adds the waiter to the list and has the keys fetched, unless a fetch is already under way. When
 * the fetch ends, the waiter's letter is posted to its home loop. Returns false, and adds nothing,
 * if the kid may not be waited for. */
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

/* Removes the waiter from the list. Returns true if it was waiting, so that its letter will not be
 * delivered. Returns false if its letter has already been posted. */
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

/* Posts one waiter's letter. Another thread may free the waiter as soon as the letter is posted, so
 * this function does not use it afterwards. Called with the lock held. */
static void release_waiter(struct remote_keys *self, struct key_waiter *waiter, int64_t now_s)
{
    ensure(self->waiter_count > 0);
    self->waiter_count--;
    key_life_kid_missing(&self->life, waiter->kid_hash, now_s);
    loop_post(waiter->home, &waiter->letter);
}

/* Removes all waiters from the list and posts their letters. Called with the lock held. */
void remote_keys_release_waiters(struct remote_keys *self, int64_t now_s)
{
    struct list *node = list_pop(&self->waiters);

    while (node != NULL) {
        release_waiter(self, LIST_OWNER(node, struct key_waiter, node), now_s);
        node = list_pop(&self->waiters);
    }
    ensure(self->waiter_count == 0);
}
