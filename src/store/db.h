/* A database and its threads. All writes run on one thread, which commits queued jobs together;
 * reads have threads of their own, except in memory. The functions of entity files, such as
 * session.h, block and run inside a job. */
#ifndef STORE_DB_H
#define STORE_DB_H

#include "base/arena.h"
#include "loop/loop.h"

struct db;
struct schema; /* see store/schema.h */
struct sql_driver;
struct db_conn; /* a connection, used by one job at a time */

/* A job, embedded in its owner's struct. `run` is called on a database thread and sets status and
 * err. `done` is then called on the loop `home`, for a write after COMMIT. If the commit fails,
 * status is its error, even if `run` succeeded. */
struct db_job {
    struct letter letter; /* managed by the database */
    struct db_job *next;
    /* If NULL, `done` is called on a database thread, or on the submitting thread if the queue is
     * full. */
    struct loop *home;
    agentos_status (*run)(struct db_conn *conn, struct db_job *job, agentos_error *err);
    /* Called on the writer thread after the COMMIT of a successful write and before `done`, in the
     * order of the jobs. Updates in-memory copies. May be NULL. */
    void (*committed)(struct db_job *job);
    void (*done)(struct db_job *job);
    agentos_status status;
    agentos_error err;
};

struct db_options {
    /* "sqlite:PATH", whose folders are created, or "memory" */
    const char *url;
    size_t readers;   /* threads per kind of read, except one for searches; 0 for 2 */
    uint64_t busy_ms; /* how long to wait for a lock; 0 for 5,000 */
    /* Do not create, migrate or lock the database: for commands beside a server. */
    bool as_is;
    bool without_copy;               /* do not copy the database before a migration */
    const struct sql_driver *driver; /* NULL for SQLite */
};

/* Opens the database, migrates it to the current schema, and starts its threads. The caller must
 * close *out with db_close. The schema is borrowed for the life of the database. Before a
 * migration, the database is copied to FILE.before-VERSION. The file is locked against other
 * servers. Returns INVALID if the URL is invalid or the file is locked, and UNAVAILABLE if the file
 * cannot be opened, is read-only, is not a database, or was written by a newer version or another
 * program. Blocks. */
MUST_USE agentos_status db_open(const struct db_options *options, const struct schema *schema,
                                struct db **out, agentos_error *err);
void db_close(struct db *db); /* finishes all queued jobs; blocks; NULL is allowed */

/* The kinds of reads. Each has its own threads, so that none waits for another. */
enum db_read_kind {
    DB_READ_ANY,
    DB_READ_RUN,    /* a short read before a run starts, while a client waits */
    DB_READ_SEARCH, /* a read that may scan all rows, such as a text search */
    DB_READ_KINDS
};

/* Queue a job, which is borrowed until `done`. They do not block and are thread-safe. If the queue
 * is full, `done` is still called on the home loop, with UNAVAILABLE and "The database is
 * overloaded". */
void db_read_as(struct db *db, enum db_read_kind kind, struct db_job *job);
void db_read(struct db *db, struct db_job *job); /* db_read_as with DB_READ_ANY */
void db_write(struct db *db, struct db_job *job);

/* The counters of a database. Thread-safe. */
struct db_counts {
    size_t reads_waiting, writes_waiting;
    uint64_t commits;
};
struct db_counts db_count(struct db *db);

/* Run a job and wait for it. Return its status, which the job stores too. `home`, `done` and
 * `committed` are not used. For server startup and commands. */
MUST_USE agentos_status db_read_now(struct db *db, struct db_job *job);
MUST_USE agentos_status db_write_now(struct db *db, struct db_job *job);

/* Copies a SQLite database, which may be in use, to a new file. Returns CONFLICT if the path
 * exists, INVALID for a database in memory, and UNAVAILABLE if the file cannot be written. Blocks.
 * */
MUST_USE agentos_status db_backup(struct db *db, const char *path, agentos_error *err);

#endif
