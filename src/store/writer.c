/* The writer thread, which commits all queued jobs in one transaction. */
#include "base/ensure.h"
#include "store/job.h"
#include "store/sql.h"

/* Runs a job under a savepoint. Fails only if the whole transaction is lost. */
static agentos_status run_with_savepoint(struct db_conn *conn, struct db_job *job,
                                         agentos_error *err)
{
    ensure(sql_in_transaction(conn));
    TRY(sql_savepoint(conn, err));
    job_run(conn, job);
    /* SQLite rolls back the transaction after some errors, such as a full disk. */
    if (!sql_in_transaction(conn)) {
        *err = job->err; /* for all jobs of the group */
        return AGENTOS_UNAVAILABLE;
    }
    if (job->status != AGENTOS_OK)
        TRY(sql_rollback_to(conn, err));
    return sql_release(conn, err);
}

static agentos_status run_and_commit(struct db_conn *conn, struct db_job *group, agentos_error *err)
{
    for (struct db_job *job = group; job != NULL; job = job->next)
        TRY(run_with_savepoint(conn, job, err));
    return sql_commit(conn, err);
}

/* Runs the jobs in one transaction, which has ended when this returns. */
static agentos_status commit_group(struct db_conn *conn, struct db_job *group, agentos_error *err)
{
    TRY(sql_begin(conn, SQL_WRITES, err));
    agentos_status status = run_and_commit(conn, group, err);
    sql_rollback(conn); /* does nothing after a COMMIT */
    return status;
}

/* Marks a job as failed because its transaction was not committed. */
static void fail_job(struct db_job *job, const agentos_error *why)
{
    ensure(why->message[0] != '\0');
    job->status = fail(&job->err, AGENTOS_UNAVAILABLE, "%.1000s", why->message);
}

/* Runs the jobs in one transaction and finishes them in order. If COMMIT fails, so do all jobs. */
static void serve_group(struct lane *writer, struct db_job *group)
{
    agentos_error why = { 0 };

    ensure(group != NULL);
    agentos_status status = commit_group(writer->conn, group, &why);
    if (status == AGENTOS_OK)
        (void)atomic_fetch_add_explicit(&writer->commits, 1, memory_order_relaxed);

    struct db_job *job = group;
    while (job != NULL) {
        struct db_job *next = job->next; /* the job may be freed */

        if (status != AGENTOS_OK)
            fail_job(job, &why);
        else if (job->status == AGENTOS_OK && job->committed != NULL)
            job->committed(job);
        job_finish(job);
        job = next;
    }
}

/* Removes some of the rows that jobs have left behind. Returns whether there may be more. */
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

/* Runs groups of jobs until the queue is closed and empty, and sweeps rows after each group. */
void *writer_serve(void *lane)
{
    struct lane *writer = lane;

    ensure(writer->conn != NULL && writer->queue != NULL);
    /* An earlier process may have left rows. */
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
