/* Jobs on their way to a database thread and back, and those threads, which are called lanes. */
#ifndef STORE_JOB_H
#define STORE_JOB_H

#include <pthread.h>
#include <stdatomic.h>

#include "store/db.h"

/* A bounded queue, first in first out, for several threads at both ends. */
struct job_queue {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct db_job *first, **end;
    size_t count, max;
    bool is_closed;
};

void job_queue_init(struct job_queue *queue, size_t max);
void job_queue_clear(struct job_queue *queue);
void job_queue_close(struct job_queue *queue); /* takers get what is left, then NULL */

MUST_USE bool job_push(struct job_queue *queue, struct db_job *job); /* false: full or closed */
bool job_queue_is_closed(struct job_queue *queue);

size_t job_count(struct job_queue *queue); /* waiting now */

/* Run it, with its status and err set. */
void job_run(struct db_conn *conn, struct db_job *job);

/* Hand it back: `done` on its home loop, or here when it has none. The job is gone afterwards. */
void job_finish(struct db_job *job);

/* How long a lane waits for its next job before it gives back memory. */
enum { LANE_REST_MS = 3000 };

/* A thread that serves a queue with a connection, which no other thread touches meanwhile. */
struct lane {
    struct job_queue *queue;
    struct db_conn *conn;
    agentos_status (*sweep)(struct db_conn *conn, bool *has_more, agentos_error *err); /* or NULL */
    pthread_t thread;
    atomic_uint_fast64_t commits; /* by this lane; any thread may read it */
    bool is_running;
    bool has_worked; /* since it last gave back memory */
};

/* The first job of the lane's queue. Waits for it; NULL: closed and empty. A lane that waits for
 * LANE_REST_MS gives the memory that its jobs have used back to the system. */
struct db_job *job_take(struct lane *lane);
/* All of them, as a chain by `next`. If there is none: waits as job_take does, or returns NULL at
 * once if waits is false. */
struct db_job *job_take_all(struct lane *lane, bool waits);

MUST_USE agentos_status lane_start(struct lane *lane, void *(*serve)(void *lane),
                                   agentos_error *err);
void lane_stop(struct lane *lane); /* after job_queue_close; a lane that never started is fine */

void *writer_serve(void *lane); /* writer.c */
void *reader_serve(void *lane); /* reader.c */

#endif
