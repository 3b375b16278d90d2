/* Implements the thread of a reader lane. Each job runs in a separate transaction, so all of its
 * queries see the same state of the database, even if the writer commits in the meantime. */
#include "base/ensure.h"
#include "store/job.h"
#include "store/sql.h"

/* Runs one job. The connection is outside of a transaction before and after. */
static void read_job(struct db_conn *conn, struct db_job *job)
{
    ensure(!sql_in_transaction(conn));
    job->status = sql_begin(conn, SQL_READS, &job->err);
    if (job->status == AGENTOS_OK)
        job_run(conn, job);
    sql_rollback(conn); /* ends the transaction, in which nothing was written */
}

/* Runs jobs until the queue is closed and empty. This is the function of a reader thread. */
void *reader_serve(void *lane)
{
    struct lane *reader = lane;

    ensure(reader->conn != NULL && reader->queue != NULL);
    struct db_job *job = job_take(reader);
    while (job != NULL) {
        read_job(reader->conn, job);
        job_finish(job);
        job = job_take(reader);
    }
    return NULL;
}
