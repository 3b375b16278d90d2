/* A mirror: a table of the database in memory, for decisions that cannot wait for a query. The
 * table is read as a whole, is immutable, and is replaced as a whole. A change by this process
 * takes effect on every loop when it is committed, before any caller gets an answer; mirror_sync.h
 * finds the changes that another process commits. */
#ifndef STORE_MIRROR_H
#define STORE_MIRROR_H

#include "store/db.h"

struct mirror; /* any thread may call mirror_hold */

/* One state of the table, with a reference count. `rows` was made by the kind's `read`. */
struct snapshot {
    void *rows;
};

/* The functions of a table, all of which run on the database's writer thread. */
struct mirror_kind {
    /* Reads the present table into *rows, allocated in the arena. *rows may be NULL only if there
     * are no rows at all. */
    agentos_status (*read)(struct db_conn *conn, arena *a, void **rows, agentos_error *err);
    /* Copies values that only memory has from the old rows to those that replace them. Either
     * argument may be NULL. The function may be NULL. */
    void (*copy_state)(const void *before, void *after);
    /* Writes values that only memory has to the database, and if `all` is true also those that
     * could wait. May be NULL. */
    agentos_status (*write_back)(struct db_conn *conn, void *rows, bool all, agentos_error *err);
};

/* Creates a mirror, which is empty until the first mirror_replace. The caller must free it with
 * mirror_free. The kind is borrowed for the mirror's life. */
struct mirror *mirror_new(const struct mirror_kind *kind);
void mirror_free(struct mirror *mirror); /* NULL is allowed */

/* Returns a reference to the present state, which the caller must release with snapshot_release.
 * The result is never NULL, but its rows are as long as nothing has been read. Any thread may call
 * this. */
struct snapshot *mirror_hold(struct mirror *mirror);
void snapshot_release(void *snapshot); /* NULL is allowed; has the type that arena_defer requires */

/* Reads the table, including the changes of the current job, into a new snapshot. Called in the
 * `run` of a write job. The caller must release *out. */
MUST_USE agentos_status mirror_read(struct mirror *mirror, struct db_conn *conn,
                                    struct snapshot **out, agentos_error *err);

/* Makes the snapshot the present state, and adds a reference to it. Called in the same job's
 * `committed`. */
void mirror_replace(struct mirror *mirror, struct snapshot *snapshot);

/* Calls the kind's write_back. Called in the `run` of a write job. If the transaction is rolled
 * back, the kind must write the values again. */
MUST_USE agentos_status mirror_write_back(struct mirror *mirror, struct db_conn *conn, bool all,
                                          agentos_error *err);

#endif
