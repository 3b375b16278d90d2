/* A bounded pool of threads for what blocks (database reads, slow callbacks), apart from libuv's
 * own pool, which name resolution shares. */
#ifndef LOOP_WORKER_H
#define LOOP_WORKER_H

#include "loop/loop.h"

struct workers;

/* Embedded in the object it is about. `run` on a worker thread, then `done` on `home`. */
struct work {
    struct letter letter; /* the way back; managed by the pool */
    struct work *next;
    struct loop *home;
    void (*run)(struct work *work, void *thread_local_state);
    void (*done)(struct work *work);
};

struct worker_options {
    size_t threads;   /* 1..64 */
    size_t queue_max; /* jobs waiting; more are refused */
    /* Optional: a state made in each worker thread, given to every run, released at the end. */
    void *(*thread_start)(void *user);
    void (*thread_end)(void *state);
    void *user;
};

struct workers *workers_new(const struct worker_options *options);
/* Finishes what is queued, joins the threads; NULL is fine. */
void workers_free(struct workers *workers);

/* Any thread. false: the queue is full, and neither run nor done will be called. */
MUST_USE bool workers_submit(struct workers *workers, struct work *work);

#endif
