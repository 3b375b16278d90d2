/* Records changes of access rights in the audit log and puts them into effect. */
#include "audit/change.h"

#include "base/ensure.h"

/* Appends the audit row and reads the changed table, in the job's transaction. */
agentos_status change_seal(struct change *change, struct db_conn *conn,
                           const struct change_record *record, agentos_error *err)
{
    ensure(change->audit != NULL && change->mirror != NULL && change->arena != NULL);
    ensure(change->snapshot == NULL); /* called once */
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

/* Publishes the changed table. Called after COMMIT. Does nothing if change_seal was not called. */
void change_take_effect(const struct change *change)
{
    ensure(change->mirror != NULL);
    if (change->snapshot != NULL)
        mirror_replace(change->mirror, change->snapshot);
}
