/* The two last steps of a change of who may do what: sealed inside its job, and in effect once that
 * is committed. Both run on the database's writer thread. */
#include "audit/change.h"

#include "base/ensure.h"

/* Appends the change to the audit log and reads the changed table, inside the job's transaction,
 * once. */
agentos_status change_seal(struct change *change, struct db_conn *conn,
                           const struct change_record *record, agentos_error *err)
{
    ensure(change->audit != NULL && change->mirror != NULL && change->arena != NULL);
    ensure(change->snapshot == NULL); /* a change is sealed once */
    ensure(record->action != NULL && record->target != NULL);
    const struct audit_row row = {
        .created_at = change->now_s,
        .actor = change->actor,
        .action = record->action,
        .target = record->target,
        .before = record->before,
        .after = record->after,
    };

    TRY(audit_append(change->audit, conn, &row, err));
    TRY(mirror_read(change->mirror, conn, &change->snapshot, err));
    arena_defer(change->arena, snapshot_release, change->snapshot);
    return AGENTOS_OK;
}

/* After COMMIT: the changed table is what decisions read from now on. Does nothing for a change
 * that was not sealed. */
void change_take_effect(const struct change *change)
{
    ensure(change->mirror != NULL);
    if (change->snapshot != NULL)
        mirror_replace(change->mirror, change->snapshot);
}
