/* Calls that wait for keys, on their loop's thread. A wait is an object of its own, not a part of
 * its call: the letter about the keys may arrive after the call has gone on or has ended. */
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
    struct remote_keys *keys; /* a reference: a reload may drop its authority meanwhile */
    struct busy *busy;
    struct call *call; /* NULL: it has gone on or has ended */
    void (*then)(struct call *call);
};

/* Frees the wait. No letter to it may be under way, and its timer must have stopped. */
static void parked_free(struct parked *parked)
{
    ensure(parked->keys != NULL && parked->busy != NULL);
    remote_keys_unref(parked->keys);
    busy_end(parked->busy);
    free(parked);
}

/* Ends the wait and goes on with the call, which may be gone afterwards. */
static void resume_call(struct parked *parked)
{
    ensure(parked->call != NULL && parked->call->parked == parked);
    struct call *call = TAKE(parked->call);

    timer_stop(&parked->timer);
    call->parked = NULL;
    parked->then(call);
}

/* The keys were fetched, or could not be: goes on with the call, if it still waits. This is the
 * last that is heard of the wait. */
static void on_fetched(struct letter *letter)
{
    struct parked *parked = LIST_OWNER(letter, struct parked, waiter.letter);

    if (parked->call != NULL)
        resume_call(parked);
    parked_free(parked);
}

/* The wait was too long: the call goes on with the keys there are. The wait lives on when a letter
 * to it is under way already. */
static void on_timeout(struct timer *timer)
{
    struct parked *parked = LIST_OWNER(timer, struct parked, timer);
    bool is_last = key_waiter_leave(&parked->waiter);

    resume_call(parked);
    if (is_last)
        parked_free(parked);
}

/* Parks the call until the keys have come, or for PARK_MS. false: no fetch is under way that could
 * bring them, and then is not called. */
bool call_park(struct call *call, const struct keys_wanted *wanted, void (*then)(struct call *call))
{
    ensure(wanted->keys != NULL && then != NULL);
    ensure(call->parked == NULL);
    struct parked *parked = mem_zeroed(sizeof(*parked));
    *parked = (struct parked){
        .waiter = { .letter.deliver = on_fetched, .home = call->station->loop },
        .timer.fire = on_timeout,
        .keys = remote_keys_ref(wanted->keys),
        .busy = &call->station->busy,
        .call = call,
        .then = then,
    };
    busy_begin(parked->busy);
    if (!remote_keys_wait(parked->keys, wanted->kid, clock_now_s(), &parked->waiter)) {
        parked_free(parked);
        return false;
    }
    call->parked = parked;
    timer_start(call->station->loop, &parked->timer, PARK_MS);
    return true;
}

/* Ends the wait of a call whose client left, without going on with it. */
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
