/* Keeps a remote key set fresh: processes the result of each fetch and schedules the next one. Runs
 * on one loop's thread. The lock is held only for a few assignments, and never during I/O, parsing
 * or a callback. */
#include "auth/keys/remote_keys_internal.h"

#include "base/ensure.h"
#include "base/limits.h"

/* The timer fires at least this often, because the clock may have been set or the machine may have
 * slept. */
enum { TICK_S = 60 };

/* Returns the keeper's time in seconds since 1970. */
static int64_t read_clock(const struct remote_keys *self)
{
    return self->keeper->now_s(self->keeper->user);
}

/* ---- what an answer leads to ---- */

/* Records a change of state and reports it to the keeper. `why` is a sentence, or empty. Called
 * without the lock: only this thread writes `set`, so it may read it without the lock. */
static void report_state(struct remote_keys *self, enum keys_state state, const char *why)
{
    ensure(state != KEYS_UNKNOWN && why != NULL);
    ensure((state == KEYS_LOST) == (self->set == NULL));
    struct keys_news news = { .name = self->name, .state = state, .count = 0, .why = why };

    if (self->set != NULL)
        news.count = jwks_usable(self->set);
    self->state = state;
    self->keeper->tell(self->keeper->user, &news);
}

/* Replaces the present set and returns the old one; either may be NULL. All stamps that were taken
 * before become invalid, so tokens verified with the old set are verified again. The caller must
 * release the old set after releasing the lock. Called with the lock held. */
MUST_USE static struct jwks *swap_set(struct remote_keys *self, struct jwks *set)
{
    struct jwks *old = self->set;

    ensure(old != set);
    self->set = set;
    (void)atomic_fetch_add_explicit(&self->changes, 1, memory_order_release);
    return old;
}

/* Makes a fetched set the present one and takes over its reference. If it equals the present set,
 * the present set stays and only its age changes. A set without keys is accepted too: an issuer may
 * withdraw all its keys. `skipped` is a sentence about keys that cannot be used, or empty. */
static void accept_set(struct remote_keys *self, struct jwks *set, int64_t max_age_s,
                       const char *skipped, int64_t now_s)
{
    ensure(set != NULL && skipped != NULL);
    bool is_new = self->set == NULL || !jwks_equal(self->set, set);
    struct jwks *unused = set; /* whichever of the two sets is not kept */

    remote_keys_lock(self);
    if (is_new)
        unused = swap_set(self, set);
    key_life_fetched(&self->life, max_age_s, now_s);
    remote_keys_unlock(self);
    jwks_unref(unused);
    if (is_new || self->state != KEYS_GOOD)
        report_state(self, KEYS_GOOD, skipped);
}

/* Drops the present set if it has become too old. This invalidates the stamps taken with it, so
 * tokens that it verified are no longer accepted from memory. */
static void drop_old_set(struct remote_keys *self, int64_t now_s)
{
    struct jwks *old = NULL;

    remote_keys_lock(self);
    if (self->set != NULL && !remote_keys_are_good(self, now_s)) {
        old = swap_set(self, NULL);
        (void)snprintf(self->lack, sizeof(self->lack), "they are too old");
    }
    remote_keys_unlock(self);
    jwks_unref(old);
}

/* Records that a fetch brought no set, and why. The present set stays in use until it is too old.
 */
static void record_failure(struct remote_keys *self, const char *why, int64_t now_s)
{
    enum keys_state state = KEYS_FAILING;

    ensure(why != NULL);
    drop_old_set(self, now_s);
    remote_keys_lock(self);
    key_life_failed(&self->life, now_s);
    if (self->set == NULL) {
        state = KEYS_LOST;
        (void)snprintf(self->lack, sizeof(self->lack), "%s", why);
    }
    remote_keys_unlock(self);
    if (state != self->state)
        report_state(self, state, why);
}

/* Parses the key set of an answer and accepts it. If the answer has no key set, or an invalid one,
 * the failure is recorded. */
static void process_answer(struct remote_keys *self, const struct key_answer *answer, int64_t now_s)
{
    AUTO_BUF skipped = buf_with_limit(1 * KiB);
    struct jwks *set = NULL;
    agentos_error err;
    const char *why = answer->why; /* NULL if the key set was fetched */
    const char *skipped_text = "";

    if (why == NULL && jwks_read(answer->text, &self->rules, &set, &skipped, &err) != AGENTOS_OK)
        why = err.message;
    if (why != NULL) {
        record_failure(self, why, now_s);
        return;
    }
    if (skipped.ptr != NULL)
        skipped_text = skipped.ptr;
    accept_set(self, set, answer->max_age_s, skipped_text, now_s);
}

/* ---- when to fetch ---- */

/* Starts the timer for the next fetch, or for a check of the clock if the fetch is due later than
 * that. */
static void start_timer(struct remote_keys *self, int64_t now_s)
{
    ensure(self->loop != NULL && self->fetch == NULL);
    int64_t wait_s = remote_keys_due_in_s(self, now_s);

    if (wait_s > TICK_S)
        wait_s = TICK_S;
    timer_start(self->loop, &self->schedule, (uint64_t)wait_s * 1000); /* milliseconds */
}

/* Called by key_fetch when a fetch has ended. is_fetching is cleared and the waiters are released
 * under one lock, so that no request can join a fetch that has already ended. */
static void on_fetched(void *user, const struct key_answer *answer)
{
    struct remote_keys *self = user;
    int64_t now_s = read_clock(self);

    ensure(self->loop != NULL); /* remote_keys_stop cancels the fetch */
    ensure(self->fetch != NULL);
    self->fetch = NULL; /* key_fetch frees it */
    process_answer(self, answer, now_s);
    remote_keys_lock(self);
    ensure(self->is_fetching);
    self->is_fetching = false;
    remote_keys_release_waiters(self, now_s);
    remote_keys_unlock(self);
    start_timer(self, now_s);
}

/* Begins a fetch. The caller has set is_fetching, which on_fetched clears. */
static void begin_fetch(struct remote_keys *self)
{
    ensure(self->client != NULL && self->fetch == NULL);
    timer_stop(&self->schedule);
    self->fetch = key_fetch_new(self->client, &self->place, on_fetched, self);
}

/* Begins the fetch that another thread has requested by its letter. The keys may have been stopped
 * while the letter was on its way; then nothing is fetched. */
void remote_keys_on_request(struct letter *letter)
{
    struct remote_keys *self = LIST_OWNER(letter, struct remote_keys, request);

    if (self->client != NULL)
        begin_fetch(self);
}

/* Sets is_fetching and returns true if no fetch is under way or requested. Otherwise returns false,
 * and the end of that fetch starts the timer again. */
static bool claim_fetch(struct remote_keys *self)
{
    remote_keys_lock(self);
    bool was_fetching = self->is_fetching;
    self->is_fetching = true;
    remote_keys_unlock(self);
    return !was_fetching;
}

/* Drops a set that is too old, and begins a fetch if one is due and the keeper agrees. The keeper
 * may free the keys instead. So claim_fetch comes first: once it returns true, no letter is on its
 * way to the keys. */
void remote_keys_tick(struct remote_keys *keys)
{
    int64_t now_s = read_clock(keys);

    drop_old_set(keys, now_s);
    if (remote_keys_due_in_s(keys, now_s) > 0) {
        start_timer(keys, now_s);
        return;
    }
    if (!claim_fetch(keys))
        return;
    if (!keys->keeper->may_go_on(keys->keeper->user, keys))
        return; /* the keys may have been freed */
    begin_fetch(keys);
}

/* Called by the timer `schedule` of the keys. */
void remote_keys_on_timer(struct timer *timer)
{
    remote_keys_tick(LIST_OWNER(timer, struct remote_keys, schedule));
}

/* ---- from when to when ---- */

/* Starts to fetch the keys on this loop. The first fetch begins when the loop delivers the letter.
 * The client must live until remote_keys_stop. Any thread may call this. */
void remote_keys_start(struct remote_keys *keys, struct loop *loop, struct client *client)
{
    ensure(loop != NULL && client != NULL);
    ensure(keys->loop == NULL && keys->fetch == NULL); /* not started */
    keys->client = client;
    remote_keys_lock(keys);
    keys->loop = loop;
    keys->is_fetching = true;
    remote_keys_unlock(keys);
    loop_post(loop, &keys->request);
}

/* Stops fetching the keys. Called on the loop's thread or after that thread has ended. Once `loop`
 * is NULL, no thread posts the letter any more. May be called again. */
void remote_keys_stop(struct remote_keys *keys)
{
    remote_keys_lock(keys);
    keys->loop = NULL;
    remote_keys_unlock(keys);
    timer_stop(&keys->schedule);
    key_fetch_cancel(keys->fetch); /* NULL is allowed */
    keys->fetch = NULL;
    keys->client = NULL;
}
