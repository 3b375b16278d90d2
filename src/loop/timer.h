/* Timers of an event loop. */
#ifndef LOOP_TIMER_H
#define LOOP_TIMER_H

#include "base/list.h"
#include "loop/loop.h"

/* A timer, embedded in its object. Before the first start it must be zeroed, with `fire` set. It
 * fires up to 10 ms late, never early. */
struct timer {
    struct list node;
    uint64_t due_ms;
    /* called on the loop; may start the timer again, or free its owner */
    void (*fire)(struct timer *timer);
};

/* Starts a timer, or restarts it if it is running. */
void timer_start(struct loop *loop, struct timer *timer, uint64_t delay_ms);
void timer_stop(struct timer *timer); /* does nothing if it is not running */

#endif
