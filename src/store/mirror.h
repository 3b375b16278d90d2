/* A table of the database held in memory, for decisions that cannot wait for a query: read whole,
 * immutable, replaced whole. A change made here takes effect at its commit, on every loop, before
 * anybody is told of it; what another process commits is found by mirror_sync.h. */
#ifndef STORE_MIRROR_H
#define STORE_MIRROR_H

#include "store/db.h"

struct mirror; /* any thread */

/* One state of the table, counted. `rows` is what the kind's `read` made. */
struct snapshot {
    void *rows;
};

/* What a table is read into. All functions run on the database's writer thread. */
struct mirror_kind {
    /* The table as it is now, made from the arena: NULL only for no rows at all. */
    agentos_status (*read)(struct db_conn *conn, arena *a, void **rows, agentos_error *err);
    /* NULL, or: carries over what only memory knows from the rows before to those that replace
     * them. Either may be NULL. */
    void (*carry)(const void *before, void *after);
    /* NULL, or: writes what only memory knows to the database; `all`: also what could wait. */
    agentos_status (*write_back)(struct db_conn *conn, void *rows, bool all, agentos_error *err);
};

/* Empty until the first mirror_replace. The kind is borrowed for the mirror's life. */
struct mirror *mirror_new(const struct mirror_kind *kind);
void mirror_free(struct mirror *mirror); /* NULL is fine */

/* The present state, as a reference of the caller's. Never NULL; its rows are, while nothing has
 * been read. */
struct snapshot *mirror_hold(struct mirror *mirror);
void snapshot_release(void *snapshot); /* fits arena_defer; NULL is fine */

/* In a write job's `run`: the table with what this job has changed. *out is a reference of the
 * caller's. */
MUST_USE agentos_status mirror_read(struct mirror *mirror, struct db_conn *conn,
                                    struct snapshot **out, agentos_error *err);

/* In the same job's `committed`: from here on the snapshot is the present state. Takes a reference
 * of its own. */
void mirror_replace(struct mirror *mirror, struct snapshot *snapshot);

/* In a write job's `run`: the kind's write_back. A write that is rolled back with its transaction
 * is the kind's to repeat. */
MUST_USE agentos_status mirror_write_back(struct mirror *mirror, struct db_conn *conn, bool all,
                                          agentos_error *err);

#endif
