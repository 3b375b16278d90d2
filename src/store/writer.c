/* The one thread that writes. All jobs that have queued up are one transaction with one fsync. Each
 * job has a savepoint, so that one that fails is undone alone. A job is told of its success only
 * after COMMIT. */
#include "base/ensure.h"
#include "store/job.h"
#include "store/sql.h"

/* Runs one job under its savepoint. Fails when the whole transaction is lost; when the job alone
 * fails, that is in the job. */
static agentos_status run_alone(struct db_conn *conn, struct db_job *job, agentos_error *err)
{
    ensure(sql_in_transaction(conn));
    TRY(sql_savepoint(conn, err));
    job_run(conn, job);
    /* SQLite itself undoes the whole transaction after some failures: a full disk, for one. */
    if (!sql_in_transaction(conn)) {
        *err = job->err;
        return AGENTOS_UNAVAILABLE;
    }
    if (job->status != AGENTOS_OK)
        TRY(sql_rollback_to(conn, err));
    return sql_release(conn, err);
}

static agentos_status run_all(struct db_conn *conn, struct db_job *group, agentos_error *err)
{
    for (struct db_job *job = group; job != NULL; job = job->next)
        TRY(run_alone(conn, job, err));
    return sql_commit(conn, err);
}

/* Leaves the connection outside of a transaction, whatever happened. */
static agentos_status commit_group(struct db_conn *conn, struct db_job *group, agentos_error *err)
{
    TRY(sql_begin(conn, SQL_WRITES, err));
    agentos_status status = run_all(conn, group, err);
    sql_rollback(conn); /* after a COMMIT: nothing */
    return status;
}

/* Takes back whatever the job was told: the group it was in is not in the database. */
static void refuse(struct db_job *job, const agentos_error *why)
{
    ensure(why->message[0] != '\0');
    job->status = fail(&job->err, AGENTOS_UNAVAILABLE, "%.1000s", why->message);
}

/* Commits the jobs as one transaction and hands them back, in the order in which they ran. */
static void serve_group(struct lane *writer, struct db_job *group)
{
    agentos_error why = { 0 };
    ensure(group != NULL);
    agentos_status status = commit_group(writer->conn, group, &why);

    if (status == AGENTOS_OK)
        (void)atomic_fetch_add_explicit(&writer->commits, 1, memory_order_relaxed);

    for (struct db_job *job = group, *next; job != NULL; job = next) {
        next = job->next;
        if (status != AGENTOS_OK)
            refuse(job, &why);
        else if (job->status == AGENTOS_OK && job->committed != NULL)
            job->committed(job);
        job_finish(job);
    }
}

void *writer_serve(void *lane)
{
    struct lane *writer = lane;

    for (struct db_job *group; (group = job_take_all(writer->queue)) != NULL;)
        serve_group(writer, group);
    return NULL;
}
