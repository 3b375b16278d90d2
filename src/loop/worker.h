/* A pool of threads with a bounded queue, for work that blocks, such as callbacks of the embedding
 * program and building an edition. It is separate from libuv's own pool, which resolves names. The
 * database has threads of its own. */
#ifndef LOOP_WORKER_H
#define LOOP_WORKER_H

#include "loop/loop.h"

enum { WORKER_THREADS_MAX = 64 };

struct workers;

/* A job, embedded in the object that it is about. `run` is called on a thread of the pool, and then
 * `done` on the loop `home`. */
struct work {
    struct letter letter; /* carries the job back; used by the pool */
    struct work *next;
    struct loop *home;
    void (*run)(struct work *work);
    void (*done)(struct work *work);
};

struct worker_options {
    size_t threads;   /* 1 to WORKER_THREADS_MAX */
    size_t queue_max; /* how many jobs may wait; further ones are refused */
};

/* Creates a pool and starts its threads. The caller must free it with workers_free. Aborts if the
 * system has no thread. */
struct workers *workers_new(const struct worker_options *options);
/* Finishes the queued jobs, joins the threads and frees the pool. Blocks. NULL is allowed. */
void workers_free(struct workers *workers);

/* Queues a job. Returns false if the queue is full or the pool is ending; neither run nor done is
 * called then. May be called on any thread. */
MUST_USE bool workers_submit(struct workers *workers, struct work *work);

#endif
