/* An in-memory copy of a table, as reference-counted immutable snapshots. */
#include "store/mirror.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/ensure.h"
#include "base/list.h"
#include "base/mem.h"
#include "store/sql.h"

struct held_snapshot {
    struct snapshot shown;
    atomic_size_t references;
    arena *arena;
};

struct mirror {
    const struct mirror_kind *kind;
    pthread_rwlock_t lock;         /* guards `current` */
    struct held_snapshot *current; /* written by the writer thread only */
};

/* ---- snapshots ---- */

/* Creates an empty snapshot with one reference. */
static struct held_snapshot *snapshot_new(void)
{
    struct held_snapshot *held = mem_zeroed(sizeof(*held));

    atomic_init(&held->references, 1);
    held->arena = arena_new();
    return held;
}

/* Adds a reference to a snapshot that already has one. */
static struct held_snapshot *snapshot_ref(struct held_snapshot *held)
{
    size_t before = atomic_fetch_add_explicit(&held->references, 1, memory_order_relaxed);

    ensure(before > 0);
    return held;
}

/* Drops a reference. Thread-safe. Does nothing if snapshot is NULL. */
void snapshot_release(void *snapshot)
{
    if (snapshot == NULL)
        return;
    struct held_snapshot *held = LIST_OWNER(snapshot, struct held_snapshot, shown);
    size_t before = atomic_fetch_sub_explicit(&held->references, 1, memory_order_acq_rel);

    ensure(before > 0);
    if (before > 1)
        return;
    arena_free(held->arena);
    free(held);
}

/* ---- the mirror ---- */

/* Creates a mirror with an empty snapshot. */
struct mirror *mirror_new(const struct mirror_kind *kind)
{
    ensure(kind->read != NULL);
    struct mirror *mirror = mem_zeroed(sizeof(*mirror));

    mirror->kind = kind;
    mirror->current = snapshot_new();
    int code = pthread_rwlock_init(&mirror->lock, NULL);
    ensure(code == 0);
    return mirror;
}

void mirror_free(struct mirror *mirror)
{
    if (mirror == NULL)
        return;
    snapshot_release(&mirror->current->shown);
    (void)pthread_rwlock_destroy(&mirror->lock);
    free(mirror);
}

/* Returns the current snapshot with a reference for the caller. Thread-safe. */
struct snapshot *mirror_hold(struct mirror *mirror)
{
    int code = pthread_rwlock_rdlock(&mirror->lock);

    ensure(code == 0); /* fails only if this thread holds the lock */
    struct held_snapshot *held = snapshot_ref(mirror->current);
    (void)pthread_rwlock_unlock(&mirror->lock); /* cannot fail: this thread holds the lock */
    return &held->shown;
}

/* Reads the table into a new snapshot, on the writer thread inside a transaction. */
agentos_status mirror_read(struct mirror *mirror, struct db_conn *conn, struct snapshot **out,
                           agentos_error *err)
{
    ensure(sql_in_transaction(conn) && out != NULL);
    struct held_snapshot *held = snapshot_new();
    agentos_status status = mirror->kind->read(conn, held->arena, &held->shown.rows, err);

    if (status != AGENTOS_OK) {
        snapshot_release(&held->shown);
        return status;
    }
    *out = &held->shown;
    return AGENTOS_OK;
}

/* Makes the snapshot the current one, on the writer thread after COMMIT. */
void mirror_replace(struct mirror *mirror, struct snapshot *snapshot)
{
    struct held_snapshot *before = mirror->current; /* only this thread writes it */
    struct held_snapshot *after = LIST_OWNER(snapshot, struct held_snapshot, shown);

    ensure(before != after);
    if (mirror->kind->copy_state != NULL)
        mirror->kind->copy_state(before->shown.rows, after->shown.rows);
    int code = pthread_rwlock_wrlock(&mirror->lock);
    ensure(code == 0);
    mirror->current = snapshot_ref(after);
    (void)pthread_rwlock_unlock(&mirror->lock); /* cannot fail: this thread holds the lock */
    snapshot_release(&before->shown);
}

/* Writes values that exist only in memory to the database. Called on the writer thread. */
agentos_status mirror_write_back(struct mirror *mirror, struct db_conn *conn, bool all,
                                 agentos_error *err)
{
    void *rows = mirror->current->shown.rows; /* only this thread replaces it */

    ensure(sql_in_transaction(conn));
    if (mirror->kind->write_back == NULL || rows == NULL)
        return AGENTOS_OK;
    return mirror->kind->write_back(conn, rows, all, err);
}
