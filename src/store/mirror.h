/* A table in memory, for decisions that cannot wait for a query. It is read and replaced as a
 * whole. A change by this process takes effect on every loop at its commit; mirror_sync.h finds
 * changes by others. */
#ifndef STORE_MIRROR_H
#define STORE_MIRROR_H

#include "store/db.h"

struct mirror;

/* An immutable state of the table, with a reference count. `rows` comes from the kind's `read`. */
struct snapshot {
    void *rows;
};

/* The functions of a table, called on the writer thread. */
struct mirror_kind {
    /* Reads the table into *rows, in the arena. *rows may be NULL only if the table is empty. */
    agentos_status (*read)(struct db_conn *conn, arena *a, void **rows, agentos_error *err);
    /* Copies values that exist only in memory from the old rows to the new ones. Either may be
     * NULL. May be NULL. */
    void (*copy_state)(const void *before, void *after);
    /* Writes such values to the database; with `all`, also those that can wait. May be NULL. */
    agentos_status (*write_back)(struct db_conn *conn, void *rows, bool all, agentos_error *err);
};

/* Creates a mirror, empty until the first mirror_replace. The caller must free it with mirror_free.
 * The kind is borrowed for its life. */
struct mirror *mirror_new(const struct mirror_kind *kind);
void mirror_free(struct mirror *mirror); /* NULL is allowed */

/* Returns a reference to the current snapshot, which the caller must release with snapshot_release.
 * Its rows are NULL until the first mirror_replace. Thread-safe. */
struct snapshot *mirror_hold(struct mirror *mirror);
void snapshot_release(void *snapshot); /* NULL is allowed; usable with arena_defer */

/* Reads the table into a new snapshot, including changes of the current job. Called in `run` of a
 * write job. The caller must release *out. */
MUST_USE agentos_status mirror_read(struct mirror *mirror, struct db_conn *conn,
                                    struct snapshot **out, agentos_error *err);

/* Makes the snapshot the current one, with a reference. Called in `committed` of the job. */
void mirror_replace(struct mirror *mirror, struct snapshot *snapshot);

/* Calls the kind's write_back, in `run` of a write job. If the transaction is rolled back, the kind
 * must write the values again. */
MUST_USE agentos_status mirror_write_back(struct mirror *mirror, struct db_conn *conn, bool all,
                                          agentos_error *err);

#endif
