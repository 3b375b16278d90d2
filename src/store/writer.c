/* Implements the writer thread, the only thread that changes the database. All queued jobs are
 * committed in one transaction with one fsync. Each job has a savepoint, so a failed job is undone
 * alone, and no job is reported as done before COMMIT. */
#include "base/ensure.h"
#include "store/job.h"
#include "store/sql.h"

/* Runs one job under a savepoint, and undoes the job if it fails. Its status is stored in the job;
 * this function fails only if the whole transaction is lost. */
static agentos_status run_with_savepoint(struct db_conn *conn, struct db_job *job,
                                         agentos_error *err)
{
    ensure(sql_in_transaction(conn));
    TRY(sql_savepoint(conn, err));
    job_run(conn, job);
    /* SQLite rolls back the whole transaction after some failures, for example if the disk is full.
     */
    if (!sql_in_transaction(conn)) {
        *err = job->err; /* the reason, for all jobs of the group */
        return AGENTOS_UNAVAILABLE;
    }
    if (job->status != AGENTOS_OK)
        TRY(sql_rollback_to(conn, err));
    return sql_release(conn, err);
}

/* Runs the jobs in order and commits the transaction. */
static agentos_status run_and_commit(struct db_conn *conn, struct db_job *group, agentos_error *err)
{
    for (struct db_job *job = group; job != NULL; job = job->next)
        TRY(run_with_savepoint(conn, job, err));
    return sql_commit(conn, err);
}

/* Runs the jobs in one transaction. The connection is outside of a transaction before and after,
 * even if this fails. */
static agentos_status commit_group(struct db_conn *conn, struct db_job *group, agentos_error *err)
{
    TRY(sql_begin(conn, SQL_WRITES, err));
    agentos_status status = run_and_commit(conn, group, err);
    sql_rollback(conn); /* does nothing after a COMMIT */
    return status;
}

/* Marks the job as failed, even if it has run, because its transaction was not committed. */
static void fail_job(struct db_job *job, const agentos_error *why)
{
    ensure(why->message[0] != '\0');
    job->status = fail(&job->err, AGENTOS_UNAVAILABLE, "%.1000s", why->message);
}

/* Runs the jobs in one transaction and hands them back in the same order. If COMMIT fails, all of
 * them have failed. */
static void serve_group(struct lane *writer, struct db_job *group)
{
    agentos_error why = { 0 };

    ensure(group != NULL);
    agentos_status status = commit_group(writer->conn, group, &why);
    if (status == AGENTOS_OK)
        (void)atomic_fetch_add_explicit(&writer->commits, 1, memory_order_relaxed);

    struct db_job *job = group;
    while (job != NULL) {
        struct db_job *next = job->next; /* read now, because a finished job may be freed */

        if (status != AGENTOS_OK)
            fail_job(job, &why);
        else if (job->status == AGENTOS_OK && job->committed != NULL)
            job->committed(job);
        job_finish(job);
        job = next;
    }
}

/* Removes a few of the rows that jobs have left behind, in a transaction of its own. Returns
 * whether there may be others. If this fails, the rows stay until the next job leaves some, or
 * until the database is opened again. */
static bool sweep_rows(struct lane *writer)
{
    bool has_more = false;

    ensure(writer->sweep != NULL);
    if (sql_begin(writer->conn, SQL_WRITES, NULL) != AGENTOS_OK)
        return false;
    agentos_status status = writer->sweep(writer->conn, &has_more, NULL);
    if (status == AGENTOS_OK)
        status = sql_commit(writer->conn, NULL);
    sql_rollback(writer->conn); /* does nothing after a COMMIT */
    return status == AGENTOS_OK && has_more;
}

/* Runs groups of jobs until the queue is closed and empty. While there are rows to sweep, one slice
 * of them follows each group, and the writer does not wait for jobs. Rows that are left when the
 * queue is closed are swept when the database is opened again. This is the function of the writer
 * thread. */
void *writer_serve(void *lane)
{
    struct lane *writer = lane;

    ensure(writer->conn != NULL && writer->queue != NULL);
    /* An earlier process may have left some. */
    bool has_rows = writer->sweep != NULL && sweep_rows(writer);
    for (;;) {
        struct db_job *group = job_take_all(writer, !has_rows);

        if (group == NULL && (!has_rows || job_queue_is_closed(writer->queue)))
            break;
        if (group != NULL)
            serve_group(writer, group);
        if (sql_take_left_rows(writer->conn))
            has_rows = writer->sweep != NULL;
        if (has_rows)
            has_rows = sweep_rows(writer);
    }
    return NULL;
}
