/* The end of a change: sealed in its job, in effect at its commit. */
#include "audit/change.h"

#include "base/ensure.h"

agentos_status change_seal(struct change *change, struct db_conn *conn,
                           const struct change_record *record, agentos_error *err)
{
    const struct audit_row row = {
        .created_at = change->now_s,
        .actor = change->actor,
        .action = record->action,
        .target = record->target,
        .before = record->before,
        .after = record->after,
    };

    ensure(change->audit != NULL && change->mirror != NULL && change->arena != NULL);
    ensure(change->snapshot == NULL); /* a job is sealed once */
    ensure(record->action != NULL && record->target != NULL);
    TRY(audit_append(change->audit, conn, &row, err));
    TRY(mirror_read(change->mirror, conn, &change->snapshot, err));
    arena_defer(change->arena, snapshot_release, change->snapshot);
    return AGENTOS_OK;
}

void change_take_effect(const struct change *change)
{
    if (change->snapshot != NULL)
        mirror_replace(change->mirror, change->snapshot);
}
