/* The queues between loops and database threads, and the life of those threads. Every field of a
 * queue is read and written under its lock; a job belongs to whoever has it: its asker, the queue,
 * the database thread, and its asker again. */
#include "store/job.h"

#include "base/ensure.h"
#include "base/list.h"
#include "store/sql.h"

void job_queue_init(struct job_queue *queue, size_t max)
{
    ensure(max > 0);
    *queue = (struct job_queue){ .end = &queue->first, .max = max };
    pthread_mutex_init(&queue->lock, NULL);
    pthread_cond_init(&queue->changed, NULL);
}

void job_queue_clear(struct job_queue *queue)
{
    pthread_cond_destroy(&queue->changed);
    pthread_mutex_destroy(&queue->lock);
}

void job_queue_close(struct job_queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    queue->is_closed = true;
    pthread_cond_broadcast(&queue->changed);
    pthread_mutex_unlock(&queue->lock);
}

/* Wakes one taker when there is room. */
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

/* Returns, with the lock held, when there is a job or there will be none. */
static void wait_for_jobs(struct job_queue *queue)
{
    while (queue->first == NULL && !queue->is_closed)
        pthread_cond_wait(&queue->changed, &queue->lock);
}

struct db_job *job_take(struct job_queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    wait_for_jobs(queue);
    struct db_job *job = queue->first;
    if (job != NULL) {
        ensure(queue->count > 0);
        queue->first = job->next;
        queue->count--;
    }
    if (queue->first == NULL)
        queue->end = &queue->first;
    pthread_mutex_unlock(&queue->lock);
    return job;
}

struct db_job *job_take_all(struct job_queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    wait_for_jobs(queue);
    struct db_job *jobs = queue->first;
    queue->first = NULL;
    queue->end = &queue->first;
    queue->count = 0;
    pthread_mutex_unlock(&queue->lock);
    return jobs;
}

size_t job_count(struct job_queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    size_t count = queue->count;
    pthread_mutex_unlock(&queue->lock);
    return count;
}

void job_run(struct db_conn *conn, struct db_job *job)
{
    ensure(conn != NULL);
    job->err = (agentos_error){ .status = AGENTOS_OK };
    job->status = job->run(conn, job, &job->err);
    ensure(job->status == AGENTOS_OK || job->err.status == job->status);
}

static void deliver(struct letter *letter)
{
    struct db_job *job = LIST_OWNER(letter, struct db_job, letter);

    job->done(job);
}

void job_finish(struct db_job *job)
{
    job->letter = (struct letter){ .deliver = deliver };
    if (job->home != NULL)
        loop_post(job->home, &job->letter);
    else
        job->done(job);
}

agentos_status lane_start(struct lane *lane, void *(*serve)(void *), agentos_error *err)
{
    ensure(lane->conn != NULL && lane->queue != NULL && !lane->is_running);
    if (pthread_create(&lane->thread, NULL, serve, lane) != 0)
        return fail(err, AGENTOS_UNAVAILABLE, "The system has no thread for the database");
    lane->is_running = true;
    return AGENTOS_OK;
}

void lane_stop(struct lane *lane)
{
    ensure(!lane->is_running || lane->conn != NULL);
    if (lane->is_running)
        pthread_join(lane->thread, NULL);
    sql_disconnect(lane->conn);
    *lane = (struct lane){ 0 };
}
