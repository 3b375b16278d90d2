/* The threads that run reads, each in its own transaction. */
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ensure.h"
#include "store/job.h"
#include "store/sql.h"

typedef struct db_conn db_conn; /* for AUTO */
DEFINE_AUTO(db_conn, sql_disconnect);

/* Fails unless the path still names the file that the writer has open. */
static agentos_status check_file(const struct read_source *source, agentos_error *err)
{
    struct stat now;

    if (stat(source->place.path, &now) != 0 || now.st_dev != source->device ||
        now.st_ino != source->inode)
        return fail(err, AGENTOS_UNAVAILABLE, "The database file was replaced: '%.256s'",
                    source->place.path);
    return AGENTOS_OK;
}

/* Opens a connection that cannot write. */
static agentos_status connect_reader(const struct read_source *source, struct db_conn **out,
                                     agentos_error *err)
{
    ensure(source->place.access == SQL_READS && source->place.path != NULL);
    AUTO(db_conn) *conn = NULL;

    TRY(sql_connect(source->driver, &source->place, &conn, err));
    TRY(check_file(source, err));
    sql_guard(conn, source->schema);
    *out = TAKE(conn);
    return AGENTOS_OK;
}

/* Runs a job in a read transaction. */
static void read_job(struct db_conn *conn, struct db_job *job)
{
    ensure(!sql_in_transaction(conn));
    job->status = sql_begin(conn, SQL_READS, &job->err);
    if (job->status == AGENTOS_OK)
        job_run(conn, job);
    sql_rollback(conn); /* nothing was written */
}

/* Runs a job, connecting first if no job has done so. */
static void serve_job(struct lane *reader, struct db_job *job)
{
    job->status = AGENTOS_OK;
    if (reader->conn == NULL)
        job->status = connect_reader(reader->source, &reader->conn, &job->err);
    if (job->status == AGENTOS_OK)
        read_job(reader->conn, job);
}

/* Lets runs go first when all cores are busy. On failure, this thread competes with them. */
static void lower_priority(void)
{
    enum { LOW_NICENESS = 10 };

    (void)setpriority(PRIO_PROCESS, (id_t)gettid(), LOW_NICENESS); /* of this thread alone */
}

/* Runs jobs until the queue is closed and empty. */
void *reader_serve(void *lane)
{
    struct lane *reader = lane;

    ensure(reader->source != NULL && reader->queue != NULL);
    if (reader->yields)
        lower_priority();
    struct db_job *job = job_take(reader);
    while (job != NULL) {
        serve_job(reader, job);
        job_finish(job);
        job = job_take(reader);
    }
    return NULL;
}
