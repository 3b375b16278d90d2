/* The event loop of a thread, and its mailbox. Functions must be called on the loop's thread unless
 * stated otherwise. */
#ifndef LOOP_LOOP_H
#define LOOP_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct loop;

/* A message to an event loop, embedded in its object and delivered once on the loop's thread. Until
 * then the object must live, and the letter must not be posted again. */
struct letter {
    struct letter *next;
    void (*deliver)(struct letter *letter);
};

/* Work for the end of the current turn, such as flushing output. It is embedded in its object, and
 * must be zeroed except for run. */
struct deferral {
    struct deferral *next;
    void (*run)(struct deferral *deferral);
    bool is_queued;
};

/* Creates a loop. The caller must free it with loop_free after loop_run has returned. Returns
 * INTERNAL if the process has no descriptors left. */
MUST_USE agentos_status loop_new(struct loop **out, agentos_error *err);
void loop_free(struct loop *loop); /* NULL is allowed */

/* Runs the loop until loop_stop is called. Blocks. */
void loop_run(struct loop *loop);

/* Makes loop_run return after the turn that delivers the letters posted before. May be called on
 * any thread. */
void loop_stop(struct loop *loop);

/* Posts a letter. Letters from one thread arrive in order. May be called on any thread. */
void loop_post(struct loop *loop, struct letter *letter);

/* Queues the work for the end of this turn. Does nothing if it is queued. */
void loop_defer(struct loop *loop, struct deferral *deferral);
/* Removes the work from the queue, if queued. Must be called before its object is freed. */
void loop_undefer(struct loop *loop, struct deferral *deferral);

/* Returns the monotonic time of this turn in milliseconds. */
uint64_t loop_now_ms(const struct loop *loop);

/* Returns how long the loop has run at most without waiting for events, in the last one to two
 * minutes, to about a millisecond. Thread-safe. */
uint64_t loop_longest_turn_ns(const struct loop *loop);

/* Calls `fire` on the loop for each signal received, as long as the loop exists. Must be called at
 * most once per signal. Returns INTERNAL if the signal cannot be
 * handled. */
MUST_USE agentos_status loop_on_signal(struct loop *loop, int signum,
                                       void (*fire)(int signum, void *user), void *user,
                                       agentos_error *err);

#endif
