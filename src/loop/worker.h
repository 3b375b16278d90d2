/* A bounded pool of threads for work that blocks, such as callbacks of the embedding program and
 * building an edition. It is apart from libuv's own pool, which resolves names. The database has
 * threads of its own. */
#ifndef LOOP_WORKER_H
#define LOOP_WORKER_H

#include "loop/loop.h"

enum { WORKER_THREADS_MAX = 64 };

struct workers;

/* A job, embedded in the object that it is about: `run` is called on a thread of the pool, then
 * `done` on the loop `home`. */
struct work {
    struct letter letter; /* carries it back; managed by the pool */
    struct work *next;
    struct loop *home;
    void (*run)(struct work *work);
    void (*done)(struct work *work);
};

struct worker_options {
    size_t threads;   /* 1 to WORKER_THREADS_MAX */
    size_t queue_max; /* jobs waiting; more are refused */
};

/* Starts the threads. Owned: workers_free. */
struct workers *workers_new(const struct worker_options *options);
/* Finishes the queued jobs and joins the threads. Blocks. NULL is fine. */
void workers_free(struct workers *workers);

/* Any thread. false: the queue is full, and neither run nor done will be called. */
MUST_USE bool workers_submit(struct workers *workers, struct work *work);

#endif
