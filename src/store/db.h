/* A database and its threads. Reads run on a few reader threads. All writes run on one writer
 * thread, which commits the queued jobs in one transaction. A database in memory has only the
 * writer thread. The functions of the entity files (session.h, run_row.h) block and run inside a
 * job. */
#ifndef STORE_DB_H
#define STORE_DB_H

#include "base/arena.h"
#include "loop/loop.h"

struct db;
struct schema; /* declared in store/schema.h */
struct sql_driver;
struct db_conn; /* one connection, which a job uses on its database thread */

/* A job, which is embedded in the object that it is about. `run` is called on a database thread and
 * sets status and err. Then `done` is called on the loop `home`, for a write only after COMMIT. If
 * the commit fails, status says so even if `run` succeeded: nothing is confirmed before it is
 * durable. */
struct db_job {
    struct letter letter; /* the way back to `home`; managed by the database */
    struct db_job *next;
    /* If it is NULL, `done` is called on a database thread, or on the submitting thread if the job
     * is refused. */
    struct loop *home;
    agentos_status (*run)(struct db_conn *conn, struct db_job *job, agentos_error *err);
    /* May be NULL. Called on the writer thread for a write that succeeded, after COMMIT and before
     * `done`, in the order in which the jobs ran. Copies of the database in memory are therefore
     * changed here. */
    void (*committed)(struct db_job *job);
    void (*done)(struct db_job *job);
    agentos_status status;
    agentos_error err;
};

struct db_options {
    /* "sqlite:PATH", whose folders are created, or "memory", which is lost at the end */
    const char *url;
    size_t readers; /* the threads for each kind of read except searches, which have one; 0 for 2 */
    uint64_t busy_ms; /* how long to wait for a locked database; 0 for 5,000 */
    /* The database is neither created, migrated nor locked. For commands that run beside a
     * server. */
    bool as_is;
    bool without_copy;               /* no copy of the database is kept before a migration */
    const struct sql_driver *driver; /* NULL for the driver of the URL */
};

/* Opens the database, migrates it to the present version of the schema, and starts its threads. The
 * caller must close *out with db_close. The schema is borrowed as long as the database lives. A
 * copy from before a migration is kept in FILE.before-VERSION. The file is locked, so that no
 * second process serves it. Returns INVALID if the URL is invalid or another process has locked the
 * file, and UNAVAILABLE if the file cannot be opened, is read-only, is not a database, or was
 * written by a newer version or another program. Blocks. */
MUST_USE agentos_status db_open(const struct db_options *options, const struct schema *schema,
                                struct db **out, agentos_error *err);
void db_close(struct db *db); /* finishes all queued jobs, and blocks until then; NULL is allowed */

/* The kinds of reads. Each has threads of its own, so that no kind waits for another. */
enum db_read_kind {
    DB_READ_ANY,
    DB_READ_RUN,    /* a short read before a run starts, while a client waits */
    DB_READ_SEARCH, /* a read that may look at every row, such as a search for a text */
    DB_READ_KINDS
};

/* Submit a job, which is borrowed until `done` is called. They do not block and may be called on
 * any thread. If too many jobs are queued, `done` is still called (from the mailbox of the home
 * loop) with status UNAVAILABLE and "The database is overloaded". */
void db_read_as(struct db *db, enum db_read_kind kind, struct db_job *job);
void db_read(struct db *db, struct db_job *job); /* the same as db_read_as with DB_READ_ANY */
void db_write(struct db *db, struct db_job *job);

/* Counters of the database, which may be read on any thread. */
struct db_counts {
    size_t reads_waiting, writes_waiting;
    uint64_t commits;
};
struct db_counts db_count(struct db *db);

/* Run one job and block until it has ended. Its status is returned and stored in the job. `home`,
 * `done` and `committed` are not used. For the start of the server and for the command line. */
MUST_USE agentos_status db_read_now(struct db *db, struct db_job *job);
MUST_USE agentos_status db_write_now(struct db *db, struct db_job *job);

/* Copies a SQLite database to a new file, even while it is in use. Returns CONFLICT if the path
 * exists, INVALID for a database in memory, and UNAVAILABLE if the file cannot be written.
 * Blocks. */
MUST_USE agentos_status db_backup(struct db *db, const char *path, agentos_error *err);

#endif
