/* Keeps the mirrors of a database in sync with it, every few seconds, on one event loop. */
#ifndef STORE_MIRROR_SYNC_H
#define STORE_MIRROR_SYNC_H

#include "loop/busy.h"
#include "store/mirror.h"

enum {
    MIRRORS_MAX = 8, /* per database */
    /* The longest delay of a change by another process. Changes by this process take effect at
     * once. */
    MIRROR_LATE_MAX_MS = 10 * 1000,
};

/* All objects are borrowed for the life of the sync. */
struct mirror_sync_options {
    struct loop *loop;
    struct db *db;
    struct busy *busy;             /* keeps the loop running during a round */
    struct mirror *const *mirrors; /* at most MIRRORS_MAX; the list itself is copied */
    size_t mirror_count;
    uint64_t every_ms; /* 0 for MIRROR_LATE_MAX_MS */
    /* Called on the loop when a round fails after a success. May be NULL. */
    void (*on_failure)(const agentos_error *why);
};

struct mirror_sync;

/* Reads every mirror and schedules the first round. The caller must free *out with
 * mirror_sync_free. Returns the error of the database, such as UNAVAILABLE. Blocks. */
MUST_USE agentos_status mirror_sync_new(const struct mirror_sync_options *options,
                                        struct mirror_sync **out, agentos_error *err);
void mirror_sync_free(struct mirror_sync *sync); /* not during a round; NULL is allowed */

/* Starts the last round, which writes everything back. Called on the loop before it ends. NULL is
 * allowed. */
void mirror_sync_finish(struct mirror_sync *sync);

#endif
