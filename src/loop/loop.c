/* The event loop, on top of libuv, with a mailbox and deferred work. */
#include <signal.h>

#include "base/ensure.h"
#include "base/mem.h"
#include "loop/internal.h"

/* Reverses the list. The mailbox is a stack, but the oldest letter comes first. */
static struct letter *reverse_letters(struct letter *letter)
{
    struct letter *reversed = NULL;

    while (letter != NULL) {
        struct letter *next = letter->next;

        letter->next = reversed;
        reversed = letter;
        letter = next;
    }
    return reversed;
}

/* Delivers the letters in the mailbox, without those posted meanwhile. */
static void deliver_letters(uv_async_t *bell)
{
    struct loop *loop = bell->data;
    struct letter *letter = reverse_letters(atomic_exchange(&loop->mailbox, NULL));

    while (letter != NULL) {
        struct letter *next = letter->next; /* deliver may free or repost the letter */

        letter->deliver(letter);
        letter = next;
    }
}

/* Pushes a letter without a lock and wakes the loop. May be called on any thread. */
void loop_post(struct loop *loop, struct letter *letter)
{
    ensure(letter->deliver != NULL);
    struct letter *newest = atomic_load(&loop->mailbox);

    do {
        letter->next = newest; /* a failed exchange updates `newest` */
    } while (!atomic_compare_exchange_weak(&loop->mailbox, &newest, letter));
    if (newest == NULL)                   /* otherwise the loop is already awake */
        (void)uv_async_send(&loop->bell); /* fails only for another kind of handle */
}

/* Makes loop_run return after this turn. Called on the loop's thread. */
static void stop_now(struct letter *letter)
{
    struct loop *loop = LIST_OWNER(letter, struct loop, stop);

    ensure(atomic_load(&loop->is_stopping));
    atomic_store(&loop->is_stopping, false);
    uv_stop(&loop->uv);
}

/* Stops the loop by a letter, after the letters posted before. May be called on any thread. */
void loop_stop(struct loop *loop)
{
    if (!atomic_exchange(&loop->is_stopping, true))
        loop_post(loop, &loop->stop);
}

/* Appends the work to the queue, unless it is queued. */
void loop_defer(struct loop *loop, struct deferral *deferral)
{
    ensure(*loop->deferred_end == NULL); /* deferred_end points at the last link */
    if (deferral->is_queued)
        return;
    deferral->is_queued = true;
    deferral->next = NULL;
    *loop->deferred_end = deferral;
    loop->deferred_end = &deferral->next;
}

/* Removes the work from the queue, if it is queued. */
void loop_undefer(struct loop *loop, struct deferral *deferral)
{
    struct deferral **link = &loop->deferred;

    if (!deferral->is_queued)
        return;
    while (*link != deferral) {
        ensure(*link != NULL); /* otherwise it is queued on another loop */
        link = &(*link)->next;
    }
    *link = deferral->next;
    if (loop->deferred_end == &deferral->next)
        loop->deferred_end = link;
    deferral->is_queued = false;
}

/* Runs the queued work. Work queued meanwhile runs after the next poll. */
static void run_deferred(struct loop *loop)
{
    if (loop->deferred == NULL)
        return;
    ensure(!loop->turn_end.is_queued); /* run never runs the loop */
    loop_defer(loop, &loop->turn_end);
    while (loop->deferred != &loop->turn_end) {
        struct deferral *deferral = loop->deferred;

        ensure(deferral != NULL && deferral->run != NULL);
        loop_undefer(loop, deferral); /* first: run may free or requeue it */
        deferral->run(deferral);
    }
    loop_undefer(loop, &loop->turn_end);
}

static void stay_awake(uv_idle_t *handle)
{
    (void)handle; /* its only effect is that the poll does not sleep */
}

/* Runs deferred work. If there is more by then, the poll must not sleep. */
static void run_before_poll(uv_prepare_t *handle)
{
    struct loop *loop = handle->data;

    run_deferred(loop);
    if (loop->deferred != NULL)
        (void)uv_idle_start(&loop->no_sleep, stay_awake); /* cannot fail with a callback */
    else
        (void)uv_idle_stop(&loop->no_sleep); /* never fails */
    if (loop->polled_ms > 0)
        turn_end(&loop->turns, loop->polled_ms * 1000 * 1000, uv_hrtime());
}

static void run_after_poll(uv_check_t *handle)
{
    struct loop *loop = handle->data;

    loop->polled_ms = uv_now(&loop->uv); /* libuv reads the clock when the poll returns */
    run_deferred(loop);
}

uint64_t loop_longest_turn_ns(const struct loop *loop)
{
    return turn_longest_ns(&loop->turns);
}

uint64_t loop_now_ms(const struct loop *loop)
{
    return uv_now(&loop->uv);
}

/* Ignores SIGPIPE, so that writes fail instead. Keeps a handler of the embedding program. */
static void ignore_sigpipe(void)
{
    struct sigaction now;

    if (sigaction(SIGPIPE, NULL, &now) == 0 && now.sa_handler == SIG_DFL)
        (void)signal(SIGPIPE, SIG_IGN); /* cannot fail for SIGPIPE */
}

/* Runs deferred work before and after each poll. */
static void start_hooks(struct loop *loop)
{
    loop->before_poll.data = loop->after_poll.data = loop;
    /* None of these can fail: they make no system call. */
    (void)uv_prepare_init(&loop->uv, &loop->before_poll);
    (void)uv_check_init(&loop->uv, &loop->after_poll);
    (void)uv_idle_init(&loop->uv, &loop->no_sleep);
    (void)uv_prepare_start(&loop->before_poll, run_before_poll);
    (void)uv_check_start(&loop->after_poll, run_after_poll);
}

/* Opens libuv's loop and the wake-up handle, or neither. */
MUST_USE static agentos_status open_uv(struct loop *loop, agentos_error *err)
{
    int code = uv_loop_init(&loop->uv);

    if (code != 0)
        return fail(err, AGENTOS_INTERNAL, "cannot open an event loop: %s", uv_strerror(code));
    code = uv_async_init(&loop->uv, &loop->bell, deliver_letters);
    if (code == 0)
        return AGENTOS_OK;
    (void)uv_loop_close(&loop->uv); /* nothing is open in it */
    return fail(err, AGENTOS_INTERNAL, "cannot open an event loop: %s", uv_strerror(code));
}

agentos_status loop_new(struct loop **out, agentos_error *err)
{
    ensure(out != NULL);
    struct loop *loop = mem_zeroed(sizeof(*loop));
    agentos_status status = open_uv(loop, err);
    if (status != AGENTOS_OK) {
        free(loop);
        return status;
    }
    ignore_sigpipe();
    loop->bell.data = loop;
    loop->stop.deliver = stop_now;
    loop->deferred_end = &loop->deferred;
    start_hooks(loop);
    wheel_open(loop);
    *out = loop;
    return AGENTOS_OK;
}

void loop_run(struct loop *loop)
{
    (void)uv_run(&loop->uv, UV_RUN_DEFAULT); /* returns true if handles are open */
}

/* Frees a stopped loop. Everything opened on it must be closed. */
void loop_free(struct loop *loop)
{
    if (loop == NULL)
        return;
    signals_close(loop);
    wheel_close(loop);
    uv_close((uv_handle_t *)&loop->bell, NULL);
    uv_close((uv_handle_t *)&loop->before_poll, NULL);
    uv_close((uv_handle_t *)&loop->after_poll, NULL);
    uv_close((uv_handle_t *)&loop->no_sleep, NULL);
    (void)uv_run(&loop->uv, UV_RUN_NOWAIT); /* runs the close callbacks */
    while (loop->offloaded > 0)
        (void)uv_run(&loop->uv, UV_RUN_ONCE);
    int code = uv_loop_close(&loop->uv);
    ensure(code == 0); /* otherwise a handle outlives its loop */
    free(loop);
}
