/* A change of who may do what. It consists of the changed rows, a row of the audit log, and the
 * copy in memory by which decisions are made. All of these are changed by one write job, or none
 * is. */
#ifndef AUDIT_CHANGE_H
#define AUDIT_CHANGE_H

#include "audit/audit.h"
#include "store/mirror.h"

struct change {
    const struct audit *audit;
    struct mirror *mirror; /* the mirror of the table that is changed */
    /* The user who makes the change, and their issuer. actor is NULL if no user is known.
     * actor_issuer is "" if their token is a plain one. */
    const char *actor, *actor_issuer;
    int64_t now_s;
    arena *arena;              /* the arena of the job, in which the texts here live */
    struct snapshot *snapshot; /* the table after the change; set by change_seal */
};

/* What the audit log records of a change. */
struct change_record {
    const char *action;         /* such as "service_account.revoked" */
    const char *target;         /* such as "sa:NAME" */
    const char *before, *after; /* JSON; NULL if there was nothing before, or is nothing after */
};

/* Appends the change to the audit log and reads the changed table. Must be called once, at the end
 * of the job's `run`, after the rows were changed. The job must fail if this fails. */
MUST_USE agentos_status change_seal(struct change *change, struct db_conn *conn,
                                    const struct change_record *record, agentos_error *err);

/* Makes every loop decide by the changed table from now on. Called by the job's `committed`. Does
 * nothing if change_seal was not called or has failed. */
void change_take_effect(const struct change *change);

#endif
