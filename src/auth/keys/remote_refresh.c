/* Fetches a remote key set and schedules the next fetch, on one event loop. */
#include "auth/keys/remote_keys_internal.h"

#include "base/ensure.h"
#include "base/limits.h"

/* The timer fires at least this often, in case the clock is set or the machine sleeps. */
enum { TICK_S = 60 };

/* Returns the keeper's time in seconds since 1970. */
static int64_t read_clock(const struct remote_keys *self)
{
    return self->keeper->now_s(self->keeper->user);
}

/* ---- what an answer leads to ---- */

/* Records and reports a change of state. `why` may be empty. Called without the lock. */
static void report_state(struct remote_keys *self, enum keys_state state, const char *why)
{
    ensure(state != KEYS_UNKNOWN && why != NULL);
    ensure((state == KEYS_LOST) == (self->set == NULL));
    struct keys_news news = { .name = self->name, .state = state, .count = 0, .why = why };

    if (self->set != NULL)
        news.count = jwks_usable(self->set);
    self->state = state;
    self->keeper->on_change(self->keeper->user, &news);
}

/* Replaces the set and returns the old one, to be released without the lock. */
MUST_USE static struct jwks *swap_set(struct remote_keys *self, struct jwks *set)
{
    struct jwks *old = self->set;

    ensure(old != set);
    self->set = set;
    (void)atomic_fetch_add_explicit(&self->changes, 1, memory_order_release);
    return old;
}

/* Installs a fetched set, or renews an equal one. `skipped` describes unusable keys; may be "". */
static void accept_set(struct remote_keys *self, struct jwks *set, int64_t max_age_s,
                       const char *skipped, int64_t now_s)
{
    ensure(set != NULL && skipped != NULL);
    bool is_new = self->set == NULL || !jwks_equal(self->set, set);
    struct jwks *unused = set; /* the set that is not kept */

    remote_keys_lock(self);
    if (is_new)
        unused = swap_set(self, set);
    key_life_fetched(&self->life, max_age_s, now_s);
    remote_keys_unlock(self);
    jwks_unref(unused);
    if (is_new || self->state != KEYS_GOOD)
        report_state(self, KEYS_GOOD, skipped);
}

/* Drops an expired set. This also invalidates cached tokens that it verified. */
static void drop_old_set(struct remote_keys *self, int64_t now_s)
{
    struct jwks *old = NULL;

    remote_keys_lock(self);
    if (self->set != NULL && !remote_keys_are_good(self, now_s)) {
        old = swap_set(self, NULL);
        (void)snprintf(self->error, sizeof(self->error), "they are too old");
    }
    remote_keys_unlock(self);
    jwks_unref(old);
}

/* Records a failed fetch. The present set stays in use until it expires. */
static void record_failure(struct remote_keys *self, const char *why, int64_t now_s)
{
    enum keys_state state = KEYS_FAILING;

    ensure(why != NULL);
    drop_old_set(self, now_s);
    remote_keys_lock(self);
    key_life_failed(&self->life, now_s);
    if (self->set == NULL) {
        state = KEYS_LOST;
        (void)snprintf(self->error, sizeof(self->error), "%s", why);
    }
    remote_keys_unlock(self);
    if (state != self->state)
        report_state(self, state, why);
}

/* Installs the fetched key set, or records the failure. */
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

/* Schedules the next fetch or, if that is far off, a check of the clock. */
static void start_timer(struct remote_keys *self, int64_t now_s)
{
    ensure(self->loop != NULL && self->fetch == NULL);
    int64_t wait_s = remote_keys_due_in_s(self, now_s);

    if (wait_s > TICK_S)
        wait_s = TICK_S;
    timer_start(self->loop, &self->schedule, (uint64_t)wait_s * 1000); /* milliseconds */
}

/* Ends a fetch. The lock keeps requests from joining a finished fetch. */
static void on_fetched(void *user, const struct key_answer *answer)
{
    struct remote_keys *self = user;
    int64_t now_s = read_clock(self);

    ensure(self->loop != NULL); /* otherwise remote_keys_stop has canceled the fetch */
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

/* Starts a fetch. The caller has set is_fetching. */
static void begin_fetch(struct remote_keys *self)
{
    ensure(self->client != NULL && self->fetch == NULL);
    timer_stop(&self->schedule);
    self->fetch = key_fetch_new(self->client, &self->place, on_fetched, self);
}

/* Starts the fetch that another thread requested, unless the keys were stopped since. */
void remote_keys_on_request(struct letter *letter)
{
    struct remote_keys *self = LIST_OWNER(letter, struct remote_keys, request);

    if (self->client != NULL)
        begin_fetch(self);
}

/* Sets is_fetching. Returns false if a fetch is already in progress or requested. */
static bool claim_fetch(struct remote_keys *self)
{
    remote_keys_lock(self);
    bool was_fetching = self->is_fetching;
    self->is_fetching = true;
    remote_keys_unlock(self);
    return !was_fetching;
}

/* Drops an expired set and starts a due fetch, if the keeper agrees. May free the keys. */
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
    if (!keys->keeper->may_fetch(keys->keeper->user, keys))
        return; /* the keys may have been freed */
    begin_fetch(keys);
}

void remote_keys_on_timer(struct timer *timer)
{
    remote_keys_tick(LIST_OWNER(timer, struct remote_keys, schedule));
}

/* ---- from when to when ---- */

/* Starts fetching on this event loop. The client must live until remote_keys_stop. Thread-safe. */
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

/* Stops fetching. Runs on the event loop's thread or after it has ended. May be called again. */
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
