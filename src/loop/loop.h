/* The event loop of a thread, and its mailbox. Only the loop's own thread may call what belongs to
 * it; the two functions marked "any thread" are the exceptions. */
#ifndef LOOP_LOOP_H
#define LOOP_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct loop;

/* A message to a loop, embedded in the object that it is about and delivered once on the loop's
 * thread. The object must live until then; the letter may be posted again afterwards, not before.
 */
struct letter {
    struct letter *next;
    void (*deliver)(struct letter *letter);
};

/* Work that a loop does once, at the end of the present turn, such as flushing output. Embedded in
 * its object, zeroed but for run. */
struct deferral {
    struct deferral *next;
    void (*run)(struct deferral *deferral);
    bool is_queued;
};

/* Owned: loop_free, after loop_run has returned. INTERNAL: the kernel has no descriptors left. */
MUST_USE agentos_status loop_new(struct loop **out, agentos_error *err);
void loop_free(struct loop *loop); /* NULL is fine */

/* Runs until loop_stop. Blocks. */
void loop_run(struct loop *loop);

/* Any thread. loop_run returns after the present turn; letters posted before still arrive. */
void loop_stop(struct loop *loop);

/* Any thread. Letters of one sender arrive in order. */
void loop_post(struct loop *loop, struct letter *letter);

/* Queues the work for the end of this turn; no effect if it is queued already. */
void loop_defer(struct loop *loop, struct deferral *deferral);
/* Takes the work out of the queue; no effect if it is not queued. Must be called before its object
 * is freed. */
void loop_undefer(struct loop *loop, struct deferral *deferral);

/* Milliseconds of a monotonic clock, read once a turn. */
uint64_t loop_now_ms(const struct loop *loop);

/* Calls `fire` on the loop whenever this process gets `signum`. At most one watcher for each
 * signal; it lives as long as the loop. */
MUST_USE agentos_status loop_on_signal(struct loop *loop, int signum,
                                       void (*fire)(int signum, void *user), void *user,
                                       agentos_error *err);

#endif
