/* A pool of threads with a bounded queue, for work that blocks. */
#ifndef LOOP_WORKER_H
#define LOOP_WORKER_H

#include "loop/loop.h"

enum { WORKER_THREADS_MAX = 64 };

struct workers;

/* A job, embedded in its object. `run` is called on a thread of the pool, and then `done` on the
 * loop `home`. */
struct work {
    struct letter letter; /* used by the pool */
    struct work *next;
    struct loop *home;
    void (*run)(struct work *work);
    void (*done)(struct work *work);
};

struct worker_options {
    size_t threads;   /* 1 to WORKER_THREADS_MAX */
    size_t queue_max; /* the most jobs that may wait */
};

/* Creates a pool and starts its threads. The caller must free it with workers_free. Aborts if a
 * thread cannot be created. */
struct workers *workers_new(const struct worker_options *options);
/* Finishes the queued jobs, joins the threads and frees the pool. Blocks. NULL is allowed. */
void workers_free(struct workers *workers);

/* Queues a job. Returns false, and calls neither function, if the queue is full or the pool is
 * closing. May be called on any thread. */
MUST_USE bool workers_submit(struct workers *workers, struct work *work);

#endif
