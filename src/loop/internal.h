/* The internals of an event loop. Only src/loop includes this header and libuv. */
#ifndef LOOP_INTERNAL_H
#define LOOP_INTERNAL_H

#include <stdatomic.h>
#include <uv.h>

#include "base/list.h"
#include "loop/loop.h"
#include "loop/turn.h"

enum {
    WHEEL_SLOTS = 1024, /* one lap takes 10.24 s */
    WHEEL_TICK_MS = 10,
    READ_BUFFER_BYTES = 64 * 1024,
};

struct wheel {
    struct list slots[WHEEL_SLOTS];
    uint64_t tick;    /* all timers up to this tick have fired */
    uint64_t wake_at; /* the tick for which the alarm is set; UINT64_MAX if it is not set */
    uv_timer_t alarm;
};

struct loop {
    uv_loop_t uv;
    uv_async_t bell; /* rung by a post to an empty mailbox */
    /* a stack, newest first; any thread may push */
    _Atomic(struct letter *) mailbox;
    struct letter stop;
    atomic_bool is_stopping;
    struct deferral *deferred, **deferred_end;
    struct deferral turn_end; /* the marker in deferred of where the turn's work ends; never run */
    uv_prepare_t before_poll;
    uv_check_t after_poll;
    uv_idle_t no_sleep; /* active while the poll must not sleep */
    struct wheel wheel;
    struct turn_clock turns;
    uint64_t polled_ms; /* when the last poll returned; 0 before the first */
    size_t offloaded;   /* the jobs of loop_offload under way */
    struct watcher *watchers;
    /* shared by all connections; valid during on_read */
    char read_buffer[READ_BUFFER_BYTES];
};

void wheel_open(struct loop *loop);
void wheel_close(struct loop *loop);
void signals_close(struct loop *loop);

#endif
