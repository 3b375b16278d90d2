/* Queues jobs for database threads and runs those threads. */
#include "store/job.h"

#include <errno.h>
#include <time.h>

#include "base/clock.h"
#include "base/ensure.h"
#include "base/list.h"
#include "base/mem.h"
#include "store/sql.h"

void job_queue_init(struct job_queue *queue, size_t max)
{
    ensure(max > 0);
    pthread_condattr_t by_monotonic_clock;

    *queue = (struct job_queue){ .end = &queue->first, .max = max };
    pthread_mutex_init(&queue->lock, NULL);
    pthread_condattr_init(&by_monotonic_clock);
    pthread_condattr_setclock(&by_monotonic_clock, CLOCK_MONOTONIC);
    pthread_cond_init(&queue->changed, &by_monotonic_clock);
    pthread_condattr_destroy(&by_monotonic_clock);
}

/* Releases an empty queue, which no thread may be using. */
void job_queue_clear(struct job_queue *queue)
{
    ensure(queue->first == NULL);
    pthread_cond_destroy(&queue->changed);
    pthread_mutex_destroy(&queue->lock);
}

/* Closes the queue. Waiting threads get the remaining jobs and then NULL. */
void job_queue_close(struct job_queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    queue->is_closed = true;
    pthread_cond_broadcast(&queue->changed);
    pthread_mutex_unlock(&queue->lock);
}

/* Appends a job. Returns false if the queue is full or closed. Thread-safe. */
bool job_push(struct job_queue *queue, struct db_job *job)
{
    ensure(job->run != NULL && job->done != NULL);
    pthread_mutex_lock(&queue->lock);
    bool has_room = !queue->is_closed && queue->count < queue->max;
    if (has_room) {
        job->next = NULL;
        *queue->end = job;
        queue->end = &job->next;
        queue->count++;
        pthread_cond_signal(&queue->changed);
    }
    pthread_mutex_unlock(&queue->lock);
    return has_room;
}

static const uint64_t rest_ns = LANE_REST_MS * UINT64_C(1000000), second_ns = UINT64_C(1000000000);

/* The time when a database thread of this process last took a job, by the monotonic clock. */
static atomic_uint_fast64_t last_taken_ns;

static struct timespec rest_time(void)
{
    uint64_t ns = clock_monotonic_ns() + rest_ns;

    return (struct timespec){ .tv_sec = (time_t)(ns / second_ns),
                              .tv_nsec = (long)(ns % second_ns) };
}

static void mark_active(struct lane *lane)
{
    lane->has_worked = true;
    atomic_store_explicit(&last_taken_ns, clock_monotonic_ns(), memory_order_relaxed);
}

/* Returns whether all database threads have been idle for about LANE_REST_MS. */
static bool all_idle(void)
{
    uint64_t last = atomic_load_explicit(&last_taken_ns, memory_order_relaxed);

    return clock_monotonic_ns() - last >= rest_ns - rest_ns / 10;
}

/* Frees the connection's caches and, if all threads are idle, returns freed heap memory. Releases
 * the queue's lock meanwhile. */
static void release_idle_memory(struct lane *lane)
{
    ensure(lane->has_worked);
    lane->has_worked = false;
    pthread_mutex_unlock(&lane->queue->lock);
    if (lane->conn != NULL)
        sql_release_memory(lane->conn);
    if (all_idle())
        mem_give_back();
    pthread_mutex_lock(&lane->queue->lock);
}

/* Waits until the queue has a job or is closed. Requires the queue's lock. */
static void wait_for_jobs(struct lane *lane)
{
    struct job_queue *queue = lane->queue;
    struct timespec end = rest_time();

    while (queue->first == NULL && !queue->is_closed) {
        if (!lane->has_worked)
            pthread_cond_wait(&queue->changed, &queue->lock);
        else if (pthread_cond_timedwait(&queue->changed, &queue->lock, &end) == ETIMEDOUT)
            release_idle_memory(lane);
    }
}

/* Removes the first job, waiting for one. Returns NULL if the queue is closed and empty. */
struct db_job *job_take(struct lane *lane)
{
    struct job_queue *queue = lane->queue;

    pthread_mutex_lock(&queue->lock);
    wait_for_jobs(lane);
    struct db_job *job = queue->first;
    if (job != NULL) {
        ensure(queue->count > 0);
        queue->first = job->next;
        queue->count--;
        mark_active(lane);
    }
    if (queue->first == NULL)
        queue->end = &queue->first;
    pthread_mutex_unlock(&queue->lock);
    return job;
}

/* Removes all jobs, linked by `next`; if `waits`, waits for one. Returns NULL if none. */
struct db_job *job_take_all(struct lane *lane, bool waits)
{
    struct job_queue *queue = lane->queue;

    pthread_mutex_lock(&queue->lock);
    if (waits)
        wait_for_jobs(lane);
    struct db_job *jobs = queue->first;
    ensure((jobs == NULL) == (queue->count == 0));
    queue->first = NULL;
    queue->end = &queue->first;
    queue->count = 0;
    if (jobs != NULL)
        mark_active(lane);
    pthread_mutex_unlock(&queue->lock);
    return jobs;
}

bool job_queue_is_closed(struct job_queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    bool is_closed = queue->is_closed;
    pthread_mutex_unlock(&queue->lock);
    return is_closed;
}

size_t job_count(struct job_queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    size_t count = queue->count;
    pthread_mutex_unlock(&queue->lock);
    return count;
}

/* Runs the job and stores its status and error. Requires a transaction. */
void job_run(struct db_conn *conn, struct db_job *job)
{
    ensure(conn != NULL && sql_in_transaction(conn));
    job->err = (agentos_error){ .status = AGENTOS_OK };
    job->status = job->run(conn, job, &job->err);
    ensure(job->status == AGENTOS_OK || job->err.status == job->status);
}

static void deliver_job(struct letter *letter)
{
    struct db_job *job = LIST_OWNER(letter, struct db_job, letter);

    job->done(job);
}

/* Calls the job's `done`, on its home loop if it has one. The job may then be freed. */
void job_finish(struct db_job *job)
{
    job->letter = (struct letter){ .deliver = deliver_job };
    if (job->home != NULL)
        loop_post(job->home, &job->letter);
    else
        job->done(job);
}

/* Starts the thread, which owns the lane's connection from now on. */
agentos_status lane_start(struct lane *lane, void *(*serve)(void *), agentos_error *err)
{
    ensure((lane->conn != NULL) != (lane->source != NULL)); /* a reader connects later */
    ensure(lane->queue != NULL && !lane->is_running);
    if (pthread_create(&lane->thread, NULL, serve, lane) != 0)
        return fail(err, AGENTOS_UNAVAILABLE, "cannot create a thread for the database");
    lane->is_running = true;
    return AGENTOS_OK;
}

/* Waits for the thread to end, if it was started, and disconnects. The queue must be closed. */
void lane_stop(struct lane *lane)
{
    if (lane->is_running)
        pthread_join(lane->thread, NULL);
    sql_disconnect(lane->conn);
    *lane = (struct lane){ 0 };
}
