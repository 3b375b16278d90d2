/* Threads around one queue. Order of start is first come, first served; no job is ever dropped once
 * it was accepted. */
#include "loop/worker.h"

#include <pthread.h>

#include "base/list.h"

struct workers {
    struct worker_options options;
    pthread_mutex_t lock; /* guards what follows; never held while a job runs */
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

/* The next job; NULL: the pool is ending and nothing is left. */
static struct work *take(struct workers *workers)
{
    pthread_mutex_lock(&workers->lock);
    while (workers->first == NULL && !workers->is_ending)
        pthread_cond_wait(&workers->changed, &workers->lock);

    struct work *work = workers->first;
    if (work != NULL) {
        workers->first = work->next;
        workers->waiting--;
        if (workers->first == NULL)
            workers->end = &workers->first;
    }
    pthread_mutex_unlock(&workers->lock);
    return work;
}

static void *serve(void *argument)
{
    struct workers *workers = argument;
    const struct worker_options *options = &workers->options;
    void *state = options->thread_start != NULL ? options->thread_start(options->user) : NULL;

    for (struct work *work; (work = take(workers)) != NULL;) {
        work->run(work, state);
        work->letter.deliver = deliver_done;
        loop_post(work->home, &work->letter);
    }
    if (options->thread_end != NULL)
        options->thread_end(state);
    return NULL;
}

struct workers *workers_new(const struct worker_options *options)
{
    struct workers *workers =
        calloc(1, sizeof(*workers) + options->threads * sizeof(workers->threads[0]));

    if (workers == NULL)
        abort();
    workers->options = *options;
    workers->end = &workers->first;
    pthread_mutex_init(&workers->lock, NULL);   /* neither can fail */
    pthread_cond_init(&workers->changed, NULL); /* with default attributes */
    for (size_t i = 0; i < options->threads; i++)
        if (pthread_create(&workers->threads[i], NULL, serve, workers) != 0)
            abort(); /* like memory: a process that cannot have its threads cannot serve */
    return workers;
}

void workers_free(struct workers *workers)
{
    if (workers == NULL)
        return;
    pthread_mutex_lock(&workers->lock);
    workers->is_ending = true;
    pthread_cond_broadcast(&workers->changed);
    pthread_mutex_unlock(&workers->lock);
    for (size_t i = 0; i < workers->options.threads; i++)
        (void)pthread_join(workers->threads[i], NULL); /* it runs, and nobody else joins it */
    pthread_cond_destroy(&workers->changed);
    pthread_mutex_destroy(&workers->lock);
    free(workers);
}

bool workers_submit(struct workers *workers, struct work *work)
{
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
