/* Makes a call wait until signature keys have been fetched. The wait is a separate object, because
 * the message about the keys may arrive after the call has continued or ended. Runs on the call's
 * loop. */
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

/* Frees the wait. Its timer must have stopped, and no letter to it may be under way. */
static void parked_free(struct parked *parked)
{
    ensure(parked->keys != NULL && parked->busy != NULL);
    remote_keys_unref(parked->keys);
    busy_end(parked->busy);
    free(parked);
}

/* Ends the wait and goes on with the call. The call may be gone when this returns. */
static void resume_call(struct parked *parked)
{
    ensure(parked->call != NULL && parked->call->parked == parked);
    struct call *call = TAKE(parked->call);

    timer_stop(&parked->timer);
    call->parked = NULL;
    parked->then(call);
}

/* Called when the fetch has ended, with or without keys. Goes on with the call if it is still
 * waiting, and frees the wait. */
static void on_fetched(struct letter *letter)
{
    struct parked *parked = LIST_OWNER(letter, struct parked, waiter.letter);

    if (parked->call != NULL)
        resume_call(parked);
    parked_free(parked);
}

/* Called when the call has waited for PARK_MS. Goes on with the keys that are there. The wait is
 * freed here, unless a letter to it is already under way. */
static void on_timeout(struct timer *timer)
{
    struct parked *parked = LIST_OWNER(timer, struct parked, timer);
    bool is_last = key_waiter_leave(&parked->waiter);

    resume_call(parked);
    if (is_last)
        parked_free(parked);
}

/* Parks the call until a fetch of the missing keys has ended, but for PARK_MS at most, and then
 * calls `then`. Returns false, without calling it, if no fetch can bring the keys. */
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

/* Ends the wait of a call whose client has left. Does nothing if the call is not waiting. */
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
