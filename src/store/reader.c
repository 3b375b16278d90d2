/* The threads that run reads, each in its own transaction. */
#include "base/ensure.h"
#include "store/job.h"
#include "store/sql.h"

/* Runs a job in a read transaction. */
static void read_job(struct db_conn *conn, struct db_job *job)
{
    ensure(!sql_in_transaction(conn));
    job->status = sql_begin(conn, SQL_READS, &job->err);
    if (job->status == AGENTOS_OK)
        job_run(conn, job);
    sql_rollback(conn); /* nothing was written */
}

/* Runs jobs until the queue is closed and empty. */
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
