/* Keeps mirrors and the database in step: every few seconds what only memory knows is written back,
 * and where another process has committed, the tables are read again. One a database, on one of the
 * server's loops. */
#ifndef STORE_MIRROR_SYNC_H
#define STORE_MIRROR_SYNC_H

#include "loop/busy.h"
#include "store/mirror.h"

enum {
    MIRRORS_MAX = 8, /* of one database */
    /* How late a change by another process may take effect here; within a process none is late. */
    MIRROR_LATE_MAX_MS = 10 * 1000,
};

/* All borrowed for the sync's life. */
struct mirror_sync_options {
    struct loop *loop;
    struct db *db;
    struct busy *busy;             /* holds the loop until a round under way is over */
    struct mirror *const *mirrors; /* at most MIRRORS_MAX; the list itself is copied */
    size_t mirror_count;
    uint64_t every_ms;                            /* 0: MIRROR_LATE_MAX_MS */
    void (*on_failure)(const agentos_error *why); /* on the loop; once, until a round succeeds
                                                   * again; NULL: not told */
};

struct mirror_sync;

/* Reads every mirror for the first time and starts. UNAVAILABLE: the database cannot be read.
 * Blocks. */
MUST_USE agentos_status mirror_sync_new(const struct mirror_sync_options *options,
                                        struct mirror_sync **out, agentos_error *err);
void mirror_sync_free(struct mirror_sync *sync); /* NULL is fine; no round may be under way */

/* Start a last round, which writes everything back; before the loop ends. NULL is fine. */
void mirror_sync_finish(struct mirror_sync *sync);

#endif
