/* The event loop of a thread, and its mailbox. Functions must be called on the loop's own thread,
 * except for the two that say otherwise. */
#ifndef LOOP_LOOP_H
#define LOOP_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct loop;

/* A message to a loop, embedded in the object that it is about and delivered once on the loop's
 * thread. The object must live until the delivery, and the letter must not be posted again before
 * it. */
struct letter {
    struct letter *next;
    void (*deliver)(struct letter *letter);
};

/* Work that a loop does once, at the end of the present turn, such as flushing output. It is
 * embedded in its object, and must be zeroed except for run. */
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

/* Makes loop_run return after the present turn. Letters that were posted before are still
 * delivered. May be called on any thread. */
void loop_stop(struct loop *loop);

/* Posts a letter. Letters from one thread arrive in their order. May be called on any thread. */
void loop_post(struct loop *loop, struct letter *letter);

/* Queues the work for the end of this turn. Has no effect if it is queued already. */
void loop_defer(struct loop *loop, struct deferral *deferral);
/* Removes the work from the queue. Has no effect if it is not queued. Must be called before the
 * object of the work is freed. */
void loop_undefer(struct loop *loop, struct deferral *deferral);

/* Returns the milliseconds of a monotonic clock, which is read once in each turn. */
uint64_t loop_now_ms(const struct loop *loop);

/* Calls `fire` on the loop whenever the process receives the signal, for as long as the loop
 * exists. Must be called at most once for each signal. Returns INTERNAL if the signal cannot be
 * handled. */
MUST_USE agentos_status loop_on_signal(struct loop *loop, int signum,
                                       void (*fire)(int signum, void *user), void *user,
                                       agentos_error *err);

#endif
