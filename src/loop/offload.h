/* Work without waiting that would keep a loop from all else, done on one of libuv's threads. Work
 * that blocks belongs to worker.h. */
#ifndef LOOP_OFFLOAD_H
#define LOOP_OFFLOAD_H

#include "loop/loop.h"

/* A job, embedded in its object, which must live until `done` is called. */
struct offload {
    void (*run)(struct offload *offload);  /* on another thread */
    void (*done)(struct offload *offload); /* on the loop's thread; may free the object */
};

/* Queues the job, which cannot be cancelled: loop_free waits for it and calls `done`. */
void loop_offload(struct loop *loop, struct offload *offload);

#endif
