/* A database and its threads. Reads run on a few reader threads; all writes run on one writer
 * thread, which commits what has queued up in one transaction. The functions of the entity files
 * (session.h, run.h) block and run inside a job. */
#ifndef STORE_DB_H
#define STORE_DB_H

#include "base/arena.h"
#include "loop/loop.h"

struct db;
struct schema; /* store/schema.h */
struct sql_driver;
struct db_conn; /* one connection, on one thread, inside a job */

/* Embedded in the object it is about. `run` on a database thread fills status and err; then, for a
 * write only after COMMIT, `done` is called on `home`. When the commit fails, status says so even
 * if run succeeded: nothing is confirmed that is not durable. */
struct db_job {
    struct letter letter; /* the way back; managed by the database */
    struct db_job *next;
    struct loop *home; /* NULL: done is called on a database thread, or at once when refused */
    agentos_status (*run)(struct db_conn *conn, struct db_job *job, agentos_error *err);
    /* NULL, or called for a write that succeeded: on the database's thread, after COMMIT and before
     * done. Jobs are told in the order in which they ran, so what mirrors the database in memory
     * changes here. */
    void (*committed)(struct db_job *job);
    void (*done)(struct db_job *job);
    agentos_status status;
    agentos_error err;
};

struct db_options {
    const char *url;   /* "sqlite:PATH" (folders are made) or "memory" (gone at the end) */
    size_t readers;    /* threads for each kind of read but searches; 0: 2 */
    uint64_t busy_ms;  /* how long a locked database is waited for; 0: 5,000 */
    bool as_is;        /* neither made, migrated nor locked: for commands beside a running server */
    bool without_copy; /* a migration keeps no copy of what was before */
    const struct sql_driver *driver; /* NULL: the URL's */
};

/* Opens the database and brings it to the present version of the schema, which is borrowed as long
 * as the database lives. What was before a migration is kept in FILE.before-VERSION. A file is
 * locked, so that no second process serves it. INVALID: the URL, or another process has the file;
 * UNAVAILABLE: cannot open, read-only, not a database, written by a newer version: a sentence for a
 * person. Blocks. */
MUST_USE agentos_status db_open(const struct db_options *options, const struct schema *schema,
                                struct db **out, agentos_error *err);
void db_close(struct db *db); /* finishes what is queued; blocks; NULL is fine */

/* Each kind of read has threads of its own, so that none waits for another kind. */
enum db_read_kind {
    DB_READ_ANY,
    DB_READ_RUN,    /* what a run needs before it starts: short, and somebody waits for the model */
    DB_READ_SEARCH, /* what may look at every row, such as a search for a text */
    DB_READ_KINDS
};

/* Any thread. The job is borrowed until done. When too many wait, done is still called (from the
 * home loop's mailbox) with status UNAVAILABLE "The database is overloaded". */
void db_read_as(struct db *db, enum db_read_kind kind, struct db_job *job);
void db_read(struct db *db, struct db_job *job); /* as DB_READ_ANY */
void db_write(struct db *db, struct db_job *job);

/* Any thread. */
struct db_counts {
    size_t reads_waiting, writes_waiting;
    uint64_t commits;
};
struct db_counts db_count(struct db *db);

/* Ask that this one job be run and finished before returning: for start-up and the command line.
 * home and done are not used. */
MUST_USE agentos_status db_read_now(struct db *db, struct db_job *job);
MUST_USE agentos_status db_write_now(struct db *db, struct db_job *job);

/* A copy of a SQLite database, while it is in use. Blocks. CONFLICT: path exists. INVALID: memory.
 */
MUST_USE agentos_status db_backup(struct db *db, const char *path, agentos_error *err);

#endif
