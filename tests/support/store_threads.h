/* For the tests of the store's threads: jobs without a home, counted when they are done. */
#ifndef SUPPORT_STORE_THREADS_H
#define SUPPORT_STORE_THREADS_H

#include <pthread.h>

#include "base/list.h"
#include "store.h"

/* How many jobs are done; waited for with a deadline only in the sense that the test has one. */
struct tally {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    size_t done;
};

#define TALLY_INIT                                                             \
    {                                                                          \
        .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER \
    }

static inline void tally_add(struct tally *tally)
{
    pthread_mutex_lock(&tally->lock);
    tally->done++;
    pthread_cond_broadcast(&tally->changed);
    pthread_mutex_unlock(&tally->lock);
}

static inline void tally_wait(struct tally *tally, size_t wanted)
{
    pthread_mutex_lock(&tally->lock);
    while (tally->done < wanted)
        pthread_cond_wait(&tally->changed, &tally->lock);
    pthread_mutex_unlock(&tally->lock);
}

/* A job that saves a run, or does something else. */
struct task {
    struct db_job job;
    struct run_row row;
    char run_id[32];
    struct tally *tally;
    agentos_status (*also)(struct db_conn *conn, struct task *task, agentos_error *err);
    void *user;
};

static inline struct task *task_of(struct db_job *job)
{
    return LIST_OWNER(job, struct task, job);
}

static inline agentos_status task_run(struct db_conn *conn, struct db_job *job, agentos_error *err)
{
    struct task *task = task_of(job);
    struct owner owner = owner_of("", task->row.user_id);

    if (task->row.run_id != NULL)
        TRY(run_row_save(conn, &owner, &task->row, err));
    return task->also != NULL ? task->also(conn, task, err) : AGENTOS_OK;
}

static inline void task_done(struct db_job *job)
{
    tally_add(task_of(job)->tally);
}

/* Saves run "r<number>" of ann in session_id. */
static inline void task_init(struct task *task, struct tally *tally, size_t number,
                             const char *session_id)
{
    *task = (struct task){ .job = { .run = task_run, .done = task_done }, .tally = tally };
    (void)snprintf(task->run_id, sizeof(task->run_id), "r%zu", number);
    task->row = row_of(task->run_id, session_id, "ann");
}

/* Does only `also`. */
static inline struct task
task_other(struct tally *tally,
           agentos_status (*also)(struct db_conn *, struct task *, agentos_error *), void *user)
{
    return (struct task){
        .job = { .run = task_run, .done = task_done }, .tally = tally, .also = also, .user = user
    };
}

/* A job that holds up its thread until it is let go. */
struct gate {
    struct task task;
    struct tally entered, open, left;
};

static inline agentos_status gate_stand(struct db_conn *conn, struct task *task, agentos_error *err)
{
    struct gate *gate = task->user;

    (void)conn, (void)err;
    tally_add(&gate->entered);
    tally_wait(&gate->open, 1);
    return AGENTOS_OK;
}

/* The writer stands at the gate: from here on jobs queue up, until gate->open. */
static inline void gate_close(struct gate *gate, struct db *db)
{
    *gate = (struct gate){ .entered = TALLY_INIT, .open = TALLY_INIT, .left = TALLY_INIT };
    gate->task = task_other(&gate->left, gate_stand, gate);
    db_write(db, &gate->task.job);
    tally_wait(&gate->entered, 1);
}

static inline struct db *db_at(const char *url)
{
    const struct db_options options = { .url = url, .busy_ms = 50 };
    struct db *db = NULL;
    agentos_error err = { 0 };

    if (db_open(&options, &agentos_schema, &db, &err) != AGENTOS_OK)
        print_error("%s\n", err.message);
    assert_non_null(db);
    return db;
}

static inline agentos_status count_runs_of(struct db_conn *conn, struct task *task,
                                           agentos_error *err)
{
    AUTO(arena) *a = arena_new();
    const struct run_filter all = { .session_id = "s1", .parts = RUN_PARTS_PREVIEW };
    struct run_rows rows;

    TRY(run_row_list(conn, &everyone, &all, a, &rows, err));
    *(size_t *)task->user = rows.count;
    return AGENTOS_OK;
}

/* The runs in session "s1", as a reader sees them. */
static inline size_t runs_in(struct db *db)
{
    struct tally tally = TALLY_INIT;
    size_t count = 0;
    struct task task = task_other(&tally, count_runs_of, &count);

    agentos_status status = db_read_now(db, &task.job);
    assert_true(status == AGENTOS_OK || status == AGENTOS_NOT_FOUND);
    return count;
}

#endif
