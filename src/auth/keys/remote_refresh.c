/* Keeps a remote key set fresh: processes the result of each fetch and schedules the next one. Runs
 * on one loop's thread. The lock is held only for a few assignments, and never during I/O, parsing
 * or a callback. */
#include "auth/keys/remote_keys_internal.h"

#include "base/ensure.h"
#include "base/limits.h"

/* The longest pause between two looks at the clock: it may have been set, or the machine have
 * slept. */
enum { TICK_S = 60 };

static int64_t now(const struct remote_keys *self)
{
    return self->keeper->now_s(self->keeper->user);
}

/* ---- what an answer leads to ---- */

static void tell_state(struct remote_keys *self, enum keys_state state, const char *why)
{
    const struct keys_news news = { self->name, state,
                                    self->set != NULL ? jwks_count(self->set) : 0, why };

    ensure(state != KEYS_UNKNOWN && why != NULL);
    ensure((state == KEYS_LOST) == (self->set == NULL));
    self->state = state;
    self->keeper->tell(self->keeper->user, &news);
}

/* Under the lock: makes this the present set; NULL: there is none. Stamps taken before hold no
 * more, so what was verified by the old set is verified again. The old set is the caller's to
 * release, after the lock. */
MUST_USE static struct jwks *swap_set(struct remote_keys *self, struct jwks *set)
{
    struct jwks *old = self->set;

    ensure(old != set);
    self->set = set;
    (void)atomic_fetch_add_explicit(&self->changes, 1, memory_order_release);
    return old;
}

/* Makes a set that was fetched the present one, and takes its reference. A valid set without keys
 * counts like any other: that is how an issuer withdraws its keys. A set equal to the present one
 * changes nothing but its age. */
static void accept_set(struct remote_keys *self, struct jwks *set, int64_t max_age_s,
                       const char *skipped, int64_t now_s)
{
    struct jwks *spare = set;
    bool is_new = self->set == NULL || !jwks_equal(self->set, set);

    remote_keys_lock(self);
    if (is_new)
        spare = swap_set(self, set);
    key_life_fetched(&self->life, max_age_s, now_s);
    remote_keys_unlock(self);
    jwks_unref(spare);
    if (is_new || self->state != KEYS_GOOD)
        tell_state(self, KEYS_GOOD, skipped);
}

/* A set that has become too old is dropped, so that no token it has verified stays remembered. */
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

/* After a fetch without a set: the last good one stays in use while it is not too old. */
static void note_failure(struct remote_keys *self, const char *why, int64_t now_s)
{
    drop_old_set(self, now_s);
    remote_keys_lock(self);
    key_life_failed(&self->life, now_s);
    enum keys_state state = self->set != NULL ? KEYS_FAILING : KEYS_LOST;
    if (self->set == NULL)
        (void)snprintf(self->lack, sizeof(self->lack), "%s", why);
    remote_keys_unlock(self);
    if (state != self->state)
        tell_state(self, state, why);
}

/* Reads the set out of an answer, and accepts it or notes why there is none. */
static void take_answer(struct remote_keys *self, const struct key_answer *answer, int64_t now_s)
{
    AUTO_BUF skipped = buf_with_limit(1 * KiB);
    struct jwks *set = NULL;
    agentos_error err = { .message = "" };
    const char *why = answer->why;

    if (why == NULL && jwks_read(answer->text, &self->rules, &set, &skipped, &err) != AGENTOS_OK)
        why = err.message;
    ensure((why == NULL) == (set != NULL));
    if (why != NULL)
        note_failure(self, why, now_s);
    else
        accept_set(self, set, answer->max_age_s, skipped.ptr != NULL ? skipped.ptr : "", now_s);
}

/* ---- when to fetch ---- */

/* Starts the timer for the next fetch, or for a look at the clock before it. */
static void plan_next(struct remote_keys *self, int64_t now_s)
{
    int64_t wait_s = remote_keys_due_in_s(self, now_s);

    ensure(self->loop != NULL && self->fetch == NULL);
    timer_start(self->loop, &self->schedule, (uint64_t)(wait_s < TICK_S ? wait_s : TICK_S) * 1000);
}

/* The end of a fetch. is_fetching is cleared and the waiters are released in one step, so that no
 * request can join a fetch that has ended. */
static void on_fetched(void *user, const struct key_answer *answer)
{
    struct remote_keys *self = user;
    int64_t now_s = now(self);

    ensure(self->loop != NULL); /* remote_keys_stop cancels the fetch */
    self->fetch = NULL;
    take_answer(self, answer, now_s);
    remote_keys_lock(self);
    ensure(self->is_fetching);
    self->is_fetching = false;
    remote_keys_release_waiters(self, now_s);
    remote_keys_unlock(self);
    plan_next(self, now_s);
}

/* Begins the fetch that is_fetching stands for. */
static void begin_fetch(struct remote_keys *self)
{
    ensure(self->client != NULL && self->fetch == NULL);
    timer_stop(&self->schedule);
    self->fetch = key_fetch_new(self->client, &self->place, on_fetched, self);
}

/* A letter that was under way when the keys were stopped begins nothing. */
void remote_keys_on_request(struct letter *letter)
{
    struct remote_keys *self = LIST_OWNER(letter, struct remote_keys, request);

    if (self->client != NULL)
        begin_fetch(self);
}

/* Takes the right to fetch, with which there is no letter under way either; false: another fetch
 * has it, whose end plans the next one. */
static bool claim_fetch(struct remote_keys *self)
{
    remote_keys_lock(self);
    bool is_free = !self->is_fetching;
    self->is_fetching = true;
    remote_keys_unlock(self);
    return is_free;
}

/* The claim comes before may_go_on, which may free the keys: no letter may be on its way to them.
 */
void remote_keys_tick(struct remote_keys *keys)
{
    int64_t now_s = now(keys);

    drop_old_set(keys, now_s);
    if (remote_keys_due_in_s(keys, now_s) > 0)
        plan_next(keys, now_s);
    else if (claim_fetch(keys) && keys->keeper->may_go_on(keys->keeper->user, keys))
        begin_fetch(keys);
}

void remote_keys_on_timer(struct timer *timer)
{
    remote_keys_tick(LIST_OWNER(timer, struct remote_keys, schedule));
}

/* ---- from when to when ---- */

void remote_keys_start(struct remote_keys *keys, struct loop *loop, struct client *client)
{
    ensure(keys->loop == NULL && keys->fetch == NULL);
    ensure(loop != NULL && client != NULL);
    keys->client = client;
    remote_keys_lock(keys);
    keys->loop = loop;
    keys->is_fetching = true;
    remote_keys_unlock(keys);
    loop_post(loop, &keys->request);
}

/* No thread posts the letter once loop is NULL. */
void remote_keys_stop(struct remote_keys *keys)
{
    remote_keys_lock(keys);
    keys->loop = NULL;
    remote_keys_unlock(keys);
    timer_stop(&keys->schedule);
    key_fetch_cancel(TAKE(keys->fetch));
    keys->client = NULL;
}
