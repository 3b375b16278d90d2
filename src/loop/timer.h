/* Deadlines and heartbeats. Each loop has one timer wheel, so that ten thousand timers need only
 * one wake-up. */
#ifndef LOOP_TIMER_H
#define LOOP_TIMER_H

#include "base/list.h"
#include "loop/loop.h"

/* A timer, embedded in the object that it is about. It must be zeroed, with `fire` set, before it
 * is started. It fires up to 10 ms late, and never early. */
struct timer {
    struct list node;
    uint64_t due_ms;
    /* called on the loop; may start the timer again, or free its owner */
    void (*fire)(struct timer *timer);
};

/* Starts a timer, or restarts it if it is running. */
void timer_start(struct loop *loop, struct timer *timer, uint64_t delay_ms);
void timer_stop(struct timer *timer); /* has no effect if the timer is not running */

#endif
