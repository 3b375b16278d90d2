/* Keeps mirrors and the database in step. Every few seconds, values that only memory has are
 * written back, and the tables are read again if another process has committed. There is one for
 * each database, on one of the server's loops. */
#ifndef STORE_MIRROR_SYNC_H
#define STORE_MIRROR_SYNC_H

#include "loop/busy.h"
#include "store/mirror.h"

enum {
    MIRRORS_MAX = 8, /* of one database */
    /* The longest time until a change by another process takes effect here. Changes by this process
     * take effect at once. */
    MIRROR_LATE_MAX_MS = 10 * 1000,
};

/* The options, whose objects are all borrowed for the life of the sync. */
struct mirror_sync_options {
    struct loop *loop;
    struct db *db;
    struct busy *busy;             /* keeps the loop running until a round under way has ended */
    struct mirror *const *mirrors; /* at most MIRRORS_MAX; the list itself is copied */
    size_t mirror_count;
    uint64_t every_ms; /* 0 for MIRROR_LATE_MAX_MS */
    /* Called on the loop when a round fails, but not again before a round has succeeded. May be
     * NULL. */
    void (*on_failure)(const agentos_error *why);
};

struct mirror_sync;

/* Reads every mirror for the first time and schedules the first round. The caller must free *out
 * with mirror_sync_free. Returns the error of the database, such as UNAVAILABLE, if it cannot be
 * read. Blocks. */
MUST_USE agentos_status mirror_sync_new(const struct mirror_sync_options *options,
                                        struct mirror_sync **out, agentos_error *err);
void mirror_sync_free(struct mirror_sync *sync); /* no round may be under way; NULL is allowed */

/* Starts the last round, which writes back everything. Called on the loop before it ends. NULL is
 * allowed. */
void mirror_sync_finish(struct mirror_sync *sync);

#endif
