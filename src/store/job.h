/* The queues that take jobs to the database threads, and those threads, which are called lanes. */
#ifndef STORE_JOB_H
#define STORE_JOB_H

#include <pthread.h>
#include <stdatomic.h>

#include "store/db.h"

/* A bounded queue, first in, first out. Several threads may push and take jobs. */
struct job_queue {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct db_job *first, **end;
    size_t count, max;
    bool is_closed;
};

void job_queue_init(struct job_queue *queue, size_t max);
void job_queue_clear(struct job_queue *queue);
void job_queue_close(struct job_queue *queue); /* takers get the remaining jobs, and then NULL */

/* returns false if the queue is full or closed */
MUST_USE bool job_push(struct job_queue *queue, struct db_job *job);
bool job_queue_is_closed(struct job_queue *queue);

size_t job_count(struct job_queue *queue); /* the number of jobs that are waiting now */

/* Runs the job on this connection, and sets its status and err. A transaction must have been
 * begun. */
void job_run(struct db_conn *conn, struct db_job *job);

/* Hands the job back: calls `done` on its home loop, or on this thread if it has none. The caller
 * must not use the job afterwards. */
void job_finish(struct db_job *job);

/* How long a lane waits for its next job before it frees memory. */
enum { LANE_REST_MS = 3000 };

/* A lane: a thread that serves a queue with a connection, which no other thread uses meanwhile. */
struct lane {
    struct job_queue *queue;
    struct db_conn *conn;
    agentos_status (*sweep)(struct db_conn *conn, bool *has_more,
                            agentos_error *err); /* may be NULL */
    pthread_t thread;
    /* the number of commits of this lane; may be read on any thread */
    atomic_uint_fast64_t commits;
    bool is_running;
    bool has_worked; /* it has, since it last gave back memory */
};

/* Removes the first job of the lane's queue and returns it, and waits if there is none. Returns
 * NULL if the queue is closed and empty. A lane that has waited for LANE_REST_MS gives the memory
 * that its jobs have used back to the system. */
struct db_job *job_take(struct lane *lane);

/* Removes all jobs and returns them, linked by `next`. If there is none, waits as job_take does, or
 * returns NULL at once if waits is false. */
struct db_job *job_take_all(struct lane *lane, bool waits);

MUST_USE agentos_status lane_start(struct lane *lane, void *(*serve)(void *lane),
                                   agentos_error *err);
/* Waits until the thread has ended. The queue must have been closed. A lane that was never started
 * is allowed. */
void lane_stop(struct lane *lane);

void *writer_serve(void *lane); /* the function of the writer thread (writer.c) */
void *reader_serve(void *lane); /* the function of a reader thread (reader.c) */

#endif
