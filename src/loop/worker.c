/* A pool of threads with a shared FIFO queue. */
#include "loop/worker.h"

#include <pthread.h>

#include "base/ensure.h"
#include "base/list.h"
#include "base/mem.h"

struct workers {
    struct worker_options options;
    pthread_mutex_t lock; /* guards the members below; not held while a job runs */
    pthread_cond_t changed;
    struct work *first, **end;
    size_t waiting;
    bool is_ending;
    pthread_t threads[];
};

static void deliver_done(struct letter *letter)
{
    struct work *work = LIST_OWNER(letter, struct work, letter);

    work->done(work);
}

/* Waits for the next job. Returns NULL if the pool is closing and the queue is empty. */
static struct work *take_job(struct workers *workers)
{
    pthread_mutex_lock(&workers->lock);
    while (workers->first == NULL && !workers->is_ending)
        pthread_cond_wait(&workers->changed, &workers->lock);

    struct work *work = workers->first;
    if (work != NULL) {
        ensure(workers->waiting > 0);
        workers->first = work->next;
        workers->waiting--;
        if (workers->first == NULL)
            workers->end = &workers->first;
    }
    pthread_mutex_unlock(&workers->lock);
    return work;
}

/* Runs jobs and posts each back to its loop. */
static void *run_jobs(void *argument)
{
    struct workers *workers = argument;

    for (struct work *work; (work = take_job(workers)) != NULL;) {
        work->run(work);
        work->letter.deliver = deliver_done;
        loop_post(work->home, &work->letter); /* owned by the loop from now on */
    }
    return NULL;
}

/* Starts the threads. The caller must free the pool with workers_free. */
struct workers *workers_new(const struct worker_options *options)
{
    ensure(options->threads > 0 && options->threads <= WORKER_THREADS_MAX);
    ensure(options->queue_max > 0);
    struct workers *workers =
        mem_zeroed(sizeof(*workers) + options->threads * sizeof(workers->threads[0]));

    workers->options = *options;
    workers->end = &workers->first;
    pthread_mutex_init(&workers->lock, NULL);   /* neither can fail */
    pthread_cond_init(&workers->changed, NULL); /* with default attributes */
    for (size_t i = 0; i < options->threads; i++)
        if (pthread_create(&workers->threads[i], NULL, run_jobs, workers) != 0)
            abort(); /* the process cannot serve without threads */
    return workers;
}

/* Runs all queued jobs and joins the threads. Blocks. */
void workers_free(struct workers *workers)
{
    if (workers == NULL)
        return;
    pthread_mutex_lock(&workers->lock);
    workers->is_ending = true;
    pthread_cond_broadcast(&workers->changed);
    pthread_mutex_unlock(&workers->lock);
    for (size_t i = 0; i < workers->options.threads; i++)
        (void)pthread_join(workers->threads[i], NULL); /* cannot fail */
    ensure(workers->first == NULL && workers->waiting == 0);
    pthread_cond_destroy(&workers->changed);
    pthread_mutex_destroy(&workers->lock);
    free(workers);
}

/* Queues a job. Returns false if the queue is full or the pool is closing. Any thread may call it.
 */
bool workers_submit(struct workers *workers, struct work *work)
{
    ensure(work->run != NULL && work->done != NULL && work->home != NULL);
    pthread_mutex_lock(&workers->lock);
    bool has_room = workers->waiting < workers->options.queue_max && !workers->is_ending;
    if (has_room) {
        work->next = NULL;
        *workers->end = work;
        workers->end = &work->next;
        workers->waiting++;
        pthread_cond_signal(&workers->changed);
    }
    pthread_mutex_unlock(&workers->lock);
    return has_room;
}
