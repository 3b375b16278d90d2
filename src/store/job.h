/* Job queues and the database threads ("lanes") that serve them. */
#ifndef STORE_JOB_H
#define STORE_JOB_H

#include <pthread.h>
#include <stdatomic.h>
#include <sys/types.h>

#include "store/db.h"
#include "store/driver/driver.h"

/* A bounded FIFO queue. Thread-safe. */
struct job_queue {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct db_job *first, **end;
    size_t count, max;
    bool is_closed;
};

void job_queue_init(struct job_queue *queue, size_t max);
void job_queue_clear(struct job_queue *queue);
void job_queue_close(struct job_queue *queue); /* threads get the remaining jobs, then NULL */

/* returns false if the queue is full or closed */
MUST_USE bool job_push(struct job_queue *queue, struct db_job *job);
bool job_queue_is_closed(struct job_queue *queue);

size_t job_count(struct job_queue *queue); /* the number of queued jobs */

/* Runs the job on this connection and sets its status and err. Requires a transaction. */
void job_run(struct db_conn *conn, struct db_job *job);

/* Calls `done` on the job's home loop, or on this thread if it has none. The caller must not use
 * the job afterwards. */
void job_finish(struct db_job *job);

/* How long a lane is idle before it frees memory. */
enum { LANE_REST_MS = 3000 };

/* What a reader connects to. The path and the schema are borrowed for the life of the lane. */
struct read_source {
    struct sql_place place;
    const struct sql_driver *driver; /* NULL for SQLite */
    const struct schema *schema;
    dev_t device; /* of the file that the writer has open, as is inode */
    ino_t inode;
};

/* A database thread with its queue and its connection. */
struct lane {
    struct job_queue *queue;
    struct db_conn *conn;             /* NULL for a reader before its first job */
    const struct read_source *source; /* of a reader; NULL for a writer */
    bool yields;                      /* runs at low priority: no run waits for this reader */
    agentos_status (*sweep)(struct db_conn *conn, bool *has_more,
                            agentos_error *err); /* may be NULL */
    pthread_t thread;
    /* number of commits; atomic */
    atomic_uint_fast64_t commits;
    bool is_running;
    bool has_worked; /* since it last freed memory */
};

/* Removes the first job of the lane's queue, waiting for one. Returns NULL if the queue is closed
 * and empty. Frees memory after LANE_REST_MS without a job. */
struct db_job *job_take(struct lane *lane);

/* Removes all jobs, linked by `next`. If there are none, waits like job_take, or returns NULL if
 * `waits` is false. */
struct db_job *job_take_all(struct lane *lane, bool waits);

/* Starts the thread. Returns UNAVAILABLE if it cannot be created. */
MUST_USE agentos_status lane_start(struct lane *lane, void *(*serve)(void *lane),
                                   agentos_error *err);
/* Waits for the thread to end. The queue must be closed. Does nothing for a lane that was never
 * started. */
void lane_stop(struct lane *lane);

void *writer_serve(void *lane); /* the function of the writer thread (writer.c) */
/* The function of a reader thread (reader.c), which connects at its first job. If that fails, so
 * does the job, and the next one tries again. */
void *reader_serve(void *lane);

#endif
