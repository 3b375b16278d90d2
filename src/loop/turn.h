/* Measures how long an event loop runs without waiting for events. */
#ifndef LOOP_TURN_H
#define LOOP_TURN_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define TURN_WINDOW_NS (UINT64_C(60) * 1000 * 1000 * 1000)

/* The longest turns of one loop, in two windows of at least TURN_WINDOW_NS. Written by its thread;
 * the maxima may be read on any thread. Zeroed at first. */
struct turn_clock {
    uint64_t window_began_ns;
    atomic_uint_fast64_t longest_ns, earlier_ns; /* in this window, and in the one before */
};

/* Records a turn that began when the poll returned, and ends now. now_ns never decreases. */
void turn_end(struct turn_clock *clock, uint64_t began_ns, uint64_t now_ns);

/* Returns the longest turn of the last one to two windows. Thread-safe. */
uint64_t turn_longest_ns(const struct turn_clock *clock);

#endif
