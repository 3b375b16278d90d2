/* Deadlines and heartbeats: one wheel a loop, so that ten thousand timers cost one wake-up. */
#ifndef LOOP_TIMER_H
#define LOOP_TIMER_H

#include "base/list.h"
#include "loop/loop.h"

/* Embedded in the object it is about. Zero it, set fire, start it. 10 ms fine, never early. */
struct timer {
    struct list node;
    uint64_t due_ms;
    void (*fire)(struct timer *timer); /* on the loop; may start it again or free its owner */
};

/* Restarts a running one. */
void timer_start(struct loop *loop, struct timer *timer, uint64_t delay_ms);
void timer_stop(struct timer *timer); /* idempotent */

#endif
