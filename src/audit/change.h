/* A change of access rights: the changed rows, an audit row and the copy in memory. One write job
 * changes all of them or none. */
#ifndef AUDIT_CHANGE_H
#define AUDIT_CHANGE_H

#include "audit/audit.h"
#include "store/mirror.h"

struct change {
    const struct audit *audit;
    struct mirror *mirror; /* the copy in memory of the changed table */
    /* The user who makes the change, or NULL, and their issuer, "" for a plain token. */
    const char *actor, *actor_issuer;
    int64_t now_s;
    arena *arena;              /* of the job; owns the texts here */
    struct snapshot *snapshot; /* the table after the change; set by change_seal */
};

/* What the audit log records of a change. */
struct change_record {
    const char *action;         /* such as "service_account.revoked" */
    const char *target;         /* such as "sa:NAME" */
    const char *before, *after; /* JSON; NULL for a created or deleted target */
};

/* Appends the audit row and reads the changed table. Must be called once, at the end of the job's
 * `run`, after the rows were changed. If this fails, the job must fail. */
MUST_USE agentos_status change_seal(struct change *change, struct db_conn *conn,
                                    const struct change_record *record, agentos_error *err);

/* Publishes the changed table to all event loops. Called by the job's `committed`. Does nothing
 * unless change_seal has succeeded. */
void change_take_effect(const struct change *change);

#endif
