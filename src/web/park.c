/* Parks a call until signature keys have been fetched. */
#include "web/park.h"

#include "base/clock.h"
#include "base/ensure.h"
#include "base/list.h"
#include "base/mem.h"
#include "loop/timer.h"

enum { PARK_MS = 2000 }; /* the longest wait */

struct parked {
    struct key_waiter waiter;
    struct timer timer;
    struct remote_keys *keys; /* a reference: a reload may drop the authority */
    struct busy *busy;
    struct call *call; /* NULL once it has continued or ended */
    void (*then)(struct call *call);
};

/* Frees the wait. No timer or message may be pending. */
static void parked_free(struct parked *parked)
{
    ensure(parked->keys != NULL && parked->busy != NULL);
    remote_keys_unref(parked->keys);
    busy_end(parked->busy);
    free(parked);
}

/* Ends the wait and continues the call, which may be gone when this returns. */
static void resume_call(struct parked *parked)
{
    ensure(parked->call != NULL && parked->call->parked == parked);
    struct call *call = TAKE(parked->call);

    timer_stop(&parked->timer);
    call->parked = NULL;
    parked->then(call);
}

/* Called when the fetch has ended. Continues the call unless it has timed out or left. */
static void on_fetched(struct letter *letter)
{
    struct parked *parked = LIST_OWNER(letter, struct parked, waiter.letter);

    if (parked->call != NULL)
        resume_call(parked);
    parked_free(parked);
}

/* Called after PARK_MS. Continues the call, and frees the wait unless on_fetched will. */
static void on_timeout(struct timer *timer)
{
    struct parked *parked = LIST_OWNER(timer, struct parked, timer);
    bool is_last = key_waiter_leave(&parked->waiter);

    resume_call(parked);
    if (is_last)
        parked_free(parked);
}

/* Parks the call for up to PARK_MS until the keys have been fetched. Returns false if no fetch
 * is possible. */
bool call_park(struct call *call, const struct missing_key *missing_key,
               void (*then)(struct call *call))
{
    ensure(missing_key->keys != NULL && then != NULL);
    ensure(call->parked == NULL);
    struct parked *parked = mem_zeroed(sizeof(*parked));
    *parked = (struct parked){
        .waiter = { .letter.deliver = on_fetched, .home = call->station->loop },
        .timer.fire = on_timeout,
        .keys = remote_keys_ref(missing_key->keys),
        .busy = &call->station->busy,
        .call = call,
        .then = then,
    };
    busy_begin(parked->busy);
    if (!remote_keys_wait(parked->keys, missing_key->kid, clock_now_s(), &parked->waiter)) {
        parked_free(parked);
        return false;
    }
    call->parked = parked;
    timer_start(call->station->loop, &parked->timer, PARK_MS);
    return true;
}

/* Ends the wait of a call whose client has left, if it has one. */
void call_unpark(struct call *call)
{
    struct parked *parked = TAKE(call->parked);

    if (parked == NULL)
        return;
    ensure(parked->call == call && parked->keys != NULL);
    parked->call = NULL;
    timer_stop(&parked->timer);
    if (key_waiter_leave(&parked->waiter))
        parked_free(parked);
}
