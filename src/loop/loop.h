/* One thread's event loop and its mailbox. Everything that belongs to a loop is touched by the
 * loop's own thread only; the two functions marked "any thread" are the exceptions. */
#ifndef LOOP_LOOP_H
#define LOOP_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct loop;

/* A message to a loop: embedded in the object it is about, delivered once on the loop's thread.
 * The object must live until then, and may be posted again after. */
struct letter {
    struct letter *next;
    void (*deliver)(struct letter *letter);
};

/* Work that a loop does once, at the end of its present turn: output is flushed there. */
struct deferral {
    struct deferral *next;
    void (*run)(struct deferral *deferral);
    bool is_queued;
};

/* INTERNAL: the kernel refuses (descriptors). Freed with loop_free after loop_run has returned. */
MUST_USE agentos_status loop_new(struct loop **out, agentos_error *err);
void loop_free(struct loop *loop); /* NULL is fine */

/* Runs until loop_stop. Blocks. */
void loop_run(struct loop *loop);

/* Any thread. loop_run returns after the present turn; letters posted before still arrive. */
void loop_stop(struct loop *loop);

/* Any thread. Letters of one sender arrive in order. */
void loop_post(struct loop *loop, struct letter *letter);

/* Queue (once) for the end of this turn. */
void loop_defer(struct loop *loop, struct deferral *deferral);
/* Idempotent; before its owner goes. */
void loop_undefer(struct loop *loop, struct deferral *deferral);

/* Milliseconds of a monotonic clock, read once a turn. */
uint64_t loop_now_ms(const struct loop *loop);

/* Call `fire` on the loop whenever this process gets `signum`. At most one watcher a signal.
 * Lives as long as the loop. */
MUST_USE agentos_status loop_on_signal(struct loop *loop, int signum,
                                       void (*fire)(int signum, void *user), void *user,
                                       agentos_error *err);

#endif
