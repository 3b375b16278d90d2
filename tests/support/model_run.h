/* Runs one model call on a loop of its own and keeps what it said. */
#ifndef SUPPORT_MODEL_RUN_H
#define SUPPORT_MODEL_RUN_H

#include "base/buf.h"
#include "base/limits.h"
#include "loop/timer.h"
#include "model/model.h"
#include "unit.h"

/* A message of one text, in an initializer of a variable that is not static. */
#define MESSAGE(role_, text_)                                                                   \
    {                                                                                           \
        .role = (role_), .parts = &(const struct model_part){ MODEL_PART_TEXT, str_of(text_) }, \
        .part_count = 1                                                                         \
    }

enum { MODEL_RUN_GUARD_MS = 8000, MODEL_RUN_PAUSE_MS = 20 };

struct model_run {
    /* what to do */
    bool stream;
    bool cancels_at_delta;    /* in the first one */
    int pauses;               /* so many times, after a delta */
    uint64_t pause_ms;        /* 0: MODEL_RUN_PAUSE_MS */
    uint64_t cancel_after_ms; /* 0: not */

    /* what happened */
    buf deltas; /* "[a][b]"; reasoning as "{a}" */
    int delta_count, done, errors, deltas_while_paused;
    struct model_usage usage;
    char type[64], message[600];
    uint64_t first_ms, last_ms; /* of deltas, on the loop's clock */
    uint64_t error_ms;

    struct loop *loop;
    struct client *client;
    struct model_call *call;
    struct timer guard, later;
    bool is_paused;
};

static inline void model_run_give_up(struct timer *timer)
{
    (void)timer;
    fail_msg("the call did not end");
}

static inline void model_run_later(struct timer *timer)
{
    struct model_run *run = LIST_OWNER(timer, struct model_run, later);

    if (run->is_paused) {
        run->is_paused = false;
        model_resume(run->call);
    } else {
        model_cancel(run->call);
        loop_stop(run->loop);
    }
}

static inline void model_run_on_delta(void *user, str text)
{
    struct model_run *run = user;

    assert_non_null(run->call); /* never before model_start has returned */
    assert_true(text.len > 0 && str_is_utf8(text) && !str_has(text, '\0'));
    if (run->delta_count++ == 0)
        run->first_ms = loop_now_ms(run->loop);
    run->last_ms = loop_now_ms(run->loop);
    run->deltas_while_paused += run->is_paused;
    if (run->delta_count <= 1000)
        buf_printf(&run->deltas, "[%.*s]", (int)(text.len < 1000 ? text.len : 1000), text.ptr);
    if (run->cancels_at_delta) {
        model_cancel(run->call);
        loop_stop(run->loop);
    } else if (run->pauses > 0 && !run->is_paused) {
        run->pauses--;
        run->is_paused = true;
        model_pause(run->call);
        timer_start(run->loop, &run->later, run->pause_ms > 0 ? run->pause_ms : MODEL_RUN_PAUSE_MS);
    }
}

static inline void model_run_on_reasoning(void *user, str text)
{
    struct model_run *run = user;

    assert_non_null(run->call);
    assert_true(text.len > 0 && str_is_utf8(text) && !str_has(text, '\0'));
    buf_printf(&run->deltas, "{%.*s}", (int)(text.len < 1000 ? text.len : 1000), text.ptr);
}

static inline void model_run_on_done(void *user, const struct model_answer *answer)
{
    struct model_run *run = user;

    run->done++;
    run->usage = answer->usage;
    loop_stop(run->loop);
}

static inline void model_run_on_error(void *user, const char *type, const char *message)
{
    struct model_run *run = user;

    assert_non_null(run->call);
    run->errors++;
    run->error_ms = loop_now_ms(run->loop);
    (void)snprintf(run->type, sizeof(run->type), "%s", type);
    (void)snprintf(run->message, sizeof(run->message), "%s", message);
    loop_stop(run->loop);
}

static inline void model_run(struct model_run *run, const struct model *model,
                             const struct model_message *messages, size_t count)
{
    static const struct model_events events = { model_run_on_delta, model_run_on_reasoning,
                                                model_run_on_done, model_run_on_error };
    struct model_request request = { messages, count, run->stream };

    run->deltas = buf_with_limit(8 * MiB);
    assert_int_equal(loop_new(&run->loop, NULL), AGENTOS_OK);
    run->client = client_new(run->loop);
    run->guard.fire = model_run_give_up;
    run->later.fire = model_run_later;
    timer_start(run->loop, &run->guard, MODEL_RUN_GUARD_MS);
    run->call = model_start(model, run->loop, run->client, &request, &events, run);
    if (run->cancel_after_ms > 0)
        timer_start(run->loop, &run->later, run->cancel_after_ms);
    loop_run(run->loop);
    timer_stop(&run->guard);
    timer_stop(&run->later);
    client_free(run->client);
    loop_free(run->loop);
}

static inline void model_run_clear(struct model_run *run)
{
    buf_clear(&run->deltas);
}

#endif
