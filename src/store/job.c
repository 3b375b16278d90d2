/* Passes jobs between event loops and database threads (lanes), and starts and stops these threads.
 * The lock of a queue guards all of its fields. A job has one owner at a time: its submitter, then
 * the queue, then the database thread that runs it, and at the end its submitter again. */
#include "store/job.h"

#include "base/ensure.h"
#include "base/list.h"
#include "store/sql.h"

/* Makes an empty queue with room for max jobs. */
void job_queue_init(struct job_queue *queue, size_t max)
{
    ensure(max > 0);
    *queue = (struct job_queue){ .end = &queue->first, .max = max };
    pthread_mutex_init(&queue->lock, NULL);
    pthread_cond_init(&queue->changed, NULL);
}

/* Ends a queue that is empty and that no thread uses any more. */
void job_queue_clear(struct job_queue *queue)
{
    ensure(queue->first == NULL);
    pthread_cond_destroy(&queue->changed);
    pthread_mutex_destroy(&queue->lock);
}

/* Takes no more jobs, and wakes all takers: they get what is left, and then NULL. */
void job_queue_close(struct job_queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    queue->is_closed = true;
    pthread_cond_broadcast(&queue->changed);
    pthread_mutex_unlock(&queue->lock);
}

/* Appends the job and wakes one taker. false: the queue is full or closed, and the job is still the
 * caller's. Any thread. */
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

/* Waits until there is a job, or until the queue is closed. The lock is held before and after. */
static void wait_for_jobs(struct job_queue *queue)
{
    while (queue->first == NULL && !queue->is_closed)
        pthread_cond_wait(&queue->changed, &queue->lock);
}

/* Takes the first job, waiting for one; NULL: the queue is closed and empty. */
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

/* Takes all jobs, linked by `next`, waiting for one; NULL: the queue is closed and empty. */
struct db_job *job_take_all(struct job_queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    wait_for_jobs(queue);
    struct db_job *jobs = queue->first;
    ensure((jobs == NULL) == (queue->count == 0));
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

/* Runs the job on this lane's connection and sets its status and err. */
void job_run(struct db_conn *conn, struct db_job *job)
{
    ensure(conn != NULL && sql_in_transaction(conn));
    job->err = (agentos_error){ .status = AGENTOS_OK };
    job->status = job->run(conn, job, &job->err);
    ensure(job->status == AGENTOS_OK || job->err.status == job->status);
}

/* On the home loop's thread: hands the job back to who submitted it. */
static void deliver_job(struct letter *letter)
{
    struct db_job *job = LIST_OWNER(letter, struct db_job, letter);

    job->done(job);
}

/* Hands the job back on its home loop, or on this thread if it has none. It may be freed at once.
 */
void job_finish(struct db_job *job)
{
    job->letter = (struct letter){ .deliver = deliver_job };
    if (job->home != NULL)
        loop_post(job->home, &job->letter);
    else
        job->done(job);
}

/* Starts the lane's thread, which alone uses its connection from now on. */
agentos_status lane_start(struct lane *lane, void *(*serve)(void *), agentos_error *err)
{
    ensure(lane->conn != NULL && lane->queue != NULL && !lane->is_running);
    if (pthread_create(&lane->thread, NULL, serve, lane) != 0)
        return fail(err, AGENTOS_UNAVAILABLE, "The system has no thread for the database");
    lane->is_running = true;
    return AGENTOS_OK;
}

/* Waits for the lane's thread to end, and disconnects. Its queue must have been closed. */
void lane_stop(struct lane *lane)
{
    ensure(!lane->is_running || lane->conn != NULL);
    if (lane->is_running)
        pthread_join(lane->thread, NULL);
    sql_disconnect(lane->conn);
    *lane = (struct lane){ 0 };
}
